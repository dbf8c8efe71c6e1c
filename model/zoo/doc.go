// Package zoo has textbook protocols whose figures are known, each as a complete
// spec: model, claims, fairness, and what is said about its actions.
//
// They show how a model is written, they are what the engines are tested and
// measured on, and they are the first thing to try the command with. Every
// constructor takes its parameters as a struct and returns an error that names
// each parameter out of bounds with what is allowed. Words such as a bug may be
// left out; the first one allowed is then meant.
//
// Distinct states, generated states (initial states and all steps) and depth
// (steps to the farthest state), all asserted by tests:
//
//	model           parameters                  distinct    generated  depth
//	TwoPhase        Managers: 3                      288        1,146     10
//	                Managers: 5                    8,832       58,146     16
//	                Managers: 7                  296,448    2,744,706     22
//	                Managers: 9               10,340,352  123,558,402     28
//	                Managers: n          2^n + 4^n + 6^n                3n+1
//	Peterson                                          20           36      5
//	Philosophers    N: 5, Order: same                 82          266      5
//	                N: 5, Order: mixed                70          220      5
//	AlternatingBit  Messages: 4, Capacity: 2         125          432     18
//	TokenRing       Nodes: 3                          36           97      6
//	                Nodes: n                   3n 2^(n-1)
//	Lifecycle       1, 1, 1, 1                       329        1,129     18
//	                1, 2, 1, 1                     1,400        5,480     25
//	                2, 2, 1, 1                    27,840      169,518     35
//	                2, 3, 1, 1                   147,686    1,005,864     42
//	                3, 3, 1, 1                 2,369,355   20,558,902     52
//	Grid            Counters: k, Modulus: n          n^k     1 + kn^k k(n-1)
//
// The parameters of Lifecycle are Workers, Requests, Losses and Capacity.
// Philosophers in the same order are counted by Pell-Lucas numbers, in mixed
// order by Pell numbers.
//
// Up to symmetry TwoPhase has 80, 314 and 920 states for 3, 5 and 7 managers, and
// Lifecycle 14,060 for 2, 2, 1, 1 and as many for more workers. (Stateright
// publishes 665 for 5 managers: its representatives are not unique.)
//
// What holds and what does not:
//
//	model           claim                     holds
//	TwoPhase        consistent                always; with Bug: abort not
//	Peterson        mutual exclusion          always
//	                process i enters          under weak fairness of the processes
//	Philosophers    no unexpected deadlock    with Order: mixed; with Order: same not
//	                eating goes on            likewise, under weak fairness
//	AlternatingBit  in order                  always
//	                all arrive                under strong fairness of the channels
//	TokenRing       node i is served          under strong fairness of beginning to work
//	Lifecycle       no connection accepted …  always; with Bug: reconnect not
//	                stop leads to …           under weak fairness; with Bug: hang not
package zoo
