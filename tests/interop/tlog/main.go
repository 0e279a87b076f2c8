// Command tlog reads a log of strongroom with the code of Go's checksum database, which shares nothing
// with ours: golang.org/x/mod/sumdb/note opens the checkpoints, golang.org/x/mod/sumdb/tlog reads the
// tiles, computes the roots and checks inclusion and consistency.
//
//	tlog [-every K] DIRECTORY VKEY
//
// The directory holds the objects of one log under their keys: ckpt/<size>, tile/<level>/<index>,
// tile/entries/<index>, and, if there are any, proofs/*.tlog-proof. The status is 0 only if every
// check held.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A tile of strongroom is 256 = 2^8 hashes wide.
const height = 8

// directory reads tiles from files. The hash reader over it checks each tile against the root.
type directory struct {
	path string
	read map[string]bool
}

func (d *directory) Height() int { return height }

func (d *directory) SaveTiles([]tlog.Tile, [][]byte) {}

func (d *directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		// The checksum database has the height in the path; C2SP tlog-tiles has not.
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		body, err := os.ReadFile(filepath.Join(d.path, path))
		if err != nil {
			return nil, err
		}
		d.read[path] = true
		data = append(data, body)
	}
	return data, nil
}

// openCheckpoint reads a signed checkpoint: origin, size, root.
func openCheckpoint(signed []byte, verifier note.Verifier) (string, tlog.Tree, error) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return "", tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return "", tlog.Tree{}, fmt.Errorf("not three lines: %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return "", tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return lines[0], tlog.Tree{N: size, Hash: root}, err
}

// entry reads one record's entry from its bundle, in a log of size records.
func (d *directory) entry(index, size int64) ([]byte, error) {
	tile := tlog.Tile{H: height, L: 0, N: index >> height, W: 1 << height}
	if left := size - tile.N<<height; left < 1<<height {
		tile.W = int(left)
	}
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/0/", height), "tile/entries/", 1)
	body, err := os.ReadFile(filepath.Join(d.path, path))
	if err != nil {
		return nil, err
	}
	d.read[path] = true
	for skip := index & (1<<height - 1); ; skip-- {
		if len(body) < 2 || len(body) < 2+int(binary.BigEndian.Uint16(body)) {
			return nil, fmt.Errorf("%s ends before entry %d", path, index)
		}
		length := int(binary.BigEndian.Uint16(body))
		if skip == 0 {
			return body[2 : 2+length], nil
		}
		body = body[2+length:]
	}
}

// checkProof verifies a C2SP tlog-proof file for the entry that the log holds at its index.
func (d *directory) checkProof(file []byte, verifier note.Verifier) error {
	head, checkpoint, found := bytes.Cut(file, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a proof file")
	}
	if lines = lines[1:]; strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return fmt.Errorf("not a hash: %q", line)
		}
		proof = append(proof, tlog.Hash(hash))
	}
	_, tree, err := openCheckpoint(checkpoint, verifier)
	if err != nil {
		return err
	}
	entry, err := d.entry(index, tree.N)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

type counts struct{ checkpoints, roots, records, extensions, proofs int }

func check(path, vkey string, every int64) (counts, *directory, error) {
	var done counts
	d := &directory{path: path, read: map[string]bool{}}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return done, d, err
	}
	files, err := filepath.Glob(filepath.Join(path, "ckpt", "*"))
	if err != nil || len(files) == 0 {
		return done, d, fmt.Errorf("no checkpoints in %s/ckpt (%v)", path, err)
	}
	sort.Strings(files)
	var trees []tlog.Tree
	origin := ""
	for _, file := range files {
		signed, err := os.ReadFile(file)
		if err != nil {
			return done, d, err
		}
		from, tree, err := openCheckpoint(signed, verifier)
		if err != nil {
			return done, d, fmt.Errorf("%s: %w", file, err)
		}
		if name := fmt.Sprintf("%020d", tree.N); filepath.Base(file) != name {
			return done, d, fmt.Errorf("%s holds the checkpoint %s", file, name)
		}
		if origin == "" {
			origin = from
		}
		if from != origin {
			return done, d, fmt.Errorf("%s is of %q, not of %q", file, from, origin)
		}
		trees = append(trees, tree)
		done.checkpoints++
	}
	for position, tree := range trees {
		if tree.N == 0 {
			continue
		}
		hashes := tlog.TileHashReader(tree, d)
		root, err := tlog.TreeHash(tree.N, hashes)
		if err != nil {
			return done, d, fmt.Errorf("root at %d: %w", tree.N, err)
		}
		if root != tree.Hash {
			return done, d, fmt.Errorf("root at %d: the tiles say %v, the checkpoint %v", tree.N, root, tree.Hash)
		}
		done.roots++
		for _, older := range trees[:position] {
			if older.N == 0 {
				continue
			}
			proof, err := tlog.ProveTree(tree.N, older.N, hashes)
			if err == nil {
				err = tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash)
			}
			if err != nil {
				return done, d, fmt.Errorf("consistency of %d with %d: %w", tree.N, older.N, err)
			}
			done.extensions++
		}
		for index := int64(0); index < tree.N; index += every {
			if err := d.checkRecord(tree, index, hashes); err != nil {
				return done, d, fmt.Errorf("record %d of %d: %w", index, tree.N, err)
			}
			done.records++
		}
		if err := d.checkRecord(tree, tree.N-1, hashes); err != nil {
			return done, d, fmt.Errorf("the last record of %d: %w", tree.N, err)
		}
		done.records++
	}
	proofs, err := filepath.Glob(filepath.Join(path, "proofs", "*.tlog-proof"))
	if err != nil {
		return done, d, err
	}
	for _, file := range proofs {
		body, err := os.ReadFile(file)
		if err == nil {
			err = d.checkProof(body, verifier)
		}
		if err != nil {
			return done, d, fmt.Errorf("%s: %w", file, err)
		}
		done.proofs++
	}
	return done, d, nil
}

func (d *directory) checkRecord(tree tlog.Tree, index int64, hashes tlog.HashReader) error {
	entry, err := d.entry(index, tree.N)
	if err != nil {
		return err
	}
	if len(entry) != 32 {
		return fmt.Errorf("its entry has %d bytes, not 32", len(entry))
	}
	proof, err := tlog.ProveRecord(tree.N, index, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func main() {
	every := flag.Int64("every", 97, "check every K-th record")
	flag.Parse()
	if flag.NArg() != 2 || *every < 1 {
		fmt.Fprintln(os.Stderr, "usage: tlog [-every K] DIRECTORY VKEY")
		os.Exit(2)
	}
	done, d, err := check(flag.Arg(0), flag.Arg(1), *every)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Printf("%d checkpoints, %d roots, %d records, %d consistency proofs, %d proof files; %d tiles and bundles read\n",
		done.checkpoints, done.roots, done.records, done.extensions, done.proofs, len(d.read))
}
