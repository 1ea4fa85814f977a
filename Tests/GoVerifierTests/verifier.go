// A verifier of logs that is not ours: golang.org/x/mod, which checks the checksum database of Go's
// modules, reads an export of Hindsight.
//
//	verifier VKEY DIRECTORY [FILE.tlog-proof | FILE.checkpoint]...
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// head is what a checkpoint says, once a key has confirmed it.
type head struct {
	size int64
	root tlog.Hash
}

func open(data []byte, verifiers note.Verifiers) head {
	opened, err := note.Open(data, verifiers)
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != opened.Sigs[0].Name {
		fail("the checkpoint is not three lines that begin with the name of its key")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	return head{size, root}
}

// tiles reads the tiles of a directory, by the paths of c2sp.org/tlog-tiles.
type tiles struct{ directory string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(t.directory, path(strconv.Itoa(tile.L), tile.N, tile.W)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func path(level string, number int64, width int) string {
	name := fmt.Sprintf("%03d", number%1000)
	for number >= 1000 {
		number /= 1000
		name = fmt.Sprintf("x%03d/%s", number%1000, name)
	}
	if width != 256 {
		name += fmt.Sprintf(".p/%d", width)
	}
	return filepath.Join("tile", level, name)
}

func entries(directory string, size int64) [][]byte {
	var all [][]byte
	for number := int64(0); number*256 < size; number++ {
		width := size - number*256
		if width > 256 {
			width = 256
		}
		data, err := os.ReadFile(filepath.Join(directory, path("entries", number, int(width))))
		check(err)
		for len(data) > 0 {
			length := int(data[0])<<8 | int(data[1])
			all = append(all, data[2:2+length])
			data = data[2+length:]
		}
	}
	return all
}

// proof checks a .tlog-proof, whose extra line is the entry.
func proof(data []byte, verifiers note.Verifiers) {
	text, checkpoint, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(text), "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail("this is no proof")
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	check(err)
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	check(err)
	var hashes tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		check(err)
		hashes = append(hashes, hash)
	}
	head := open(checkpoint, verifiers)
	check(tlog.CheckRecord(hashes, head.size, head.root, index, tlog.RecordHash(entry)))
	fmt.Printf("event %d is in the tree of %d\n", index, head.size)
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	check(err)
	verifiers := note.VerifierList(verifier)
	directory := os.Args[2]
	data, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	check(err)
	head := open(data, verifiers)
	tree := tlog.Tree{N: head.size, Hash: head.root}
	// It authenticates each tile against the root before it uses it.
	reader := tlog.TileHashReader(tree, tiles{directory})
	root, err := tlog.TreeHash(head.size, reader)
	check(err)
	if root != head.root {
		fail("the tiles give another root")
	}
	all := entries(directory, head.size)
	if int64(len(all)) != head.size {
		fail(fmt.Sprintf("%d entries, and %d are signed", len(all), head.size))
	}
	for index, entry := range all {
		hashes, err := tlog.ProveRecord(head.size, int64(index), reader)
		check(err)
		check(tlog.CheckRecord(hashes, head.size, head.root, int64(index), tlog.RecordHash(entry)))
	}
	fmt.Printf("%d events and their tiles are those of the checkpoint\n", head.size)
	for _, name := range os.Args[3:] {
		data, err := os.ReadFile(name)
		check(err)
		if filepath.Ext(name) == ".tlog-proof" {
			proof(data, verifiers)
			continue
		}
		earlier := open(data, verifiers)
		hashes, err := tlog.ProveTree(head.size, earlier.size, reader)
		check(err)
		check(tlog.CheckTree(hashes, head.size, head.root, earlier.size, earlier.root))
		fmt.Printf("the tree of %d grew out of the one of %d\n", head.size, earlier.size)
	}
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(reason string) {
	fmt.Fprintln(os.Stderr, "WRONG: "+reason)
	os.Exit(1)
}
