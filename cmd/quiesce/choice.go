package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A choice is a flag that takes one of a few words.
type choice struct {
	value string
	words []string
}

// one returns a choice whose default is the first word.
func one(words ...string) *choice { return &choice{words[0], words} }

func (c *choice) Set(text string) error {
	if !slices.Contains(c.words, text) {
		return fmt.Errorf("want one of %s", strings.Join(c.words, ", "))
	}
	c.value = text
	return nil
}

func (c *choice) String() string { return c.value }

func (c *choice) Type() string { return strings.Join(c.words, "|") }

// A limit is a flag that takes a positive number. Zero, its default, is no
// limit, and cannot be asked for: a limit of nothing is a slip.
type limit int

func (l *limit) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		return fmt.Errorf("want a positive number")
	}
	*l = limit(n)
	return nil
}

func (l *limit) String() string {
	if *l == 0 {
		return ""
	}
	return strconv.Itoa(int(*l))
}

func (l *limit) Type() string { return "N" }
