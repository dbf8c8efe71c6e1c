// Package zoo has textbook protocols with known figures.
package zoo
