package check

func (in *search[S, A]) checkpoint() error { return nil }
func (in *search[S, A]) resume() error     { return nil }
func (in *search[S, A]) removeCheckpoint() {}
