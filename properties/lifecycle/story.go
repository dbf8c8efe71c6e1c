package lifecycle

// A Chapter says what it means if a claim is violated. The story of the
// default scope is that of the worker which is refused and of the master which
// then cannot be stopped.
type Chapter struct{ Claim, Title, Text string }

// Story returns the chapters in the order in which they are to be told.
func Story() []Chapter {
	return []Chapter{
		{
			Claim: "no reconnection refused",
			Title: "A worker that did nothing wrong is refused",
			Text: "To stop an instance the master closes its connection first and calls stop_instance at the same time. " +
				"A process that outlives its connection by the two seconds after which it reconnects finds the worker " +
				"in INSUBSTANTIATING and is refused: \"received connection while not trying to substantiate\". " +
				"The provider's part is that stopping takes longer than reconnecting; Buildbot's is the order. " +
				"stop_before_close=true turns the order round.",
		},
		{
			Claim: "the master's stop always ends",
			Title: "After one refusal the master stops only by kill -9",
			Text: "stop_instance has returned and nothing is outstanding, and yet stopService waits: attached() has " +
				"put the disconnection of the refused connection among its background operations, and Perspective " +
				"Broker notifies a disconnection only after a login that succeeded. This one never will. The stop " +
				"holds the lock that every login needs, so no worker can log in either. This is Buildbot's defect " +
				"alone: no fault and no slow provider is needed. arm_at_login=true notifies from the beginning of the login.",
		},
	}
}
