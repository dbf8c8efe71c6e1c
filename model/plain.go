package model

import (
	"fmt"
	"reflect"
	"strings"
)

// Plain reports whether values of type T are plain data: comparable by their
// memory, of fixed size, and free of anything that could alias. Every reason
// why not is in the error, with the path and byte offset of the field.
func Plain[T any]() error {
	var why []string
	t := reflect.TypeFor[T]()
	plain(t, t.String(), 0, &why)
	if len(why) == 0 {
		return nil
	}
	return fmt.Errorf("%s is not plain data: %s", t, strings.Join(why, "; "))
}

func plain(t reflect.Type, path string, offset uintptr, why *[]string) {
	bad := func(format string, args ...any) {
		*why = append(*why, fmt.Sprintf("%s at byte %d ", path, offset)+fmt.Sprintf(format, args...))
	}
	switch t.Kind() {
	case reflect.Bool,
		reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int,
		reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
	case reflect.Array:
		if t.Len() > 0 {
			plain(t.Elem(), path+"[0]", offset, why)
		}
	case reflect.Struct:
		plainStruct(t, path, offset, why)
	default:
		bad("has type %s, which is not an integer, bool, array or struct", t)
	}
}

// plainStruct also rejects what == ignores but memory holds: blank fields and
// padding would make equal states differ for an engine that hashes bytes.
func plainStruct(t reflect.Type, path string, offset uintptr, why *[]string) {
	end := uintptr(0)
	for f := range t.Fields() {
		at := path + "." + f.Name
		if f.Offset != end {
			*why = append(*why, fmt.Sprintf("%s is preceded by %d bytes of padding at byte %d",
				at, f.Offset-end, offset+end))
		}
		if f.Name == "_" {
			*why = append(*why, fmt.Sprintf("%s at byte %d is a blank field", at, offset+f.Offset))
		}
		plain(f.Type, at, offset+f.Offset, why)
		end = f.Offset + f.Type.Size()
	}
	if end != t.Size() {
		*why = append(*why, fmt.Sprintf("%s ends with %d bytes of padding at byte %d", path, t.Size()-end, offset+end))
	}
}
