// Command quiesce checks models of protocols, explains what it finds, and
// replays it. Run "quiesce help" for what it can do.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
