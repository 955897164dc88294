// Wide values in pieces. Where rows lie a multiple of 4096 bytes apart, the rows that a product reads together compete for
// the same lines of a processor's cache, and it runs at 7/8 of its rate. So what a hidden layer is computed from and for
// never exists whole: its pieces are narrower, their rows lie closer, and one piece at a time is dealt with.
import type {Graph, Node, Value} from './graph.ts'
import {equalShapes, type Shape} from './program.ts'

type Columns = Extract<Value, {kind: 'columns'}>

/** Numbers of float32 after which two addresses compete. */
const ALIAS = 1024

/** About how wide a piece is. */
const PIECE = 1024

/** Fewer rows do not compete. */
const FEW = 64

/** The widths in which the result (rows, out) of a product over `inner` numbers is best computed, if not whole. */
export function widthsOf([rows, out]: Shape, inner: number): readonly number[] | undefined {
  // a hidden layer is two to eight times as wide as what it reads; projections to heads and to a vocabulary are not
  if (out % ALIAS || out < 2 * inner || out > 8 * inner || rows < FEW) return undefined
  return even(out)
}

/** About equal multiples of 16, of which none is a multiple of ALIAS. */
function even(out: number): number[] {
  for (let count = Math.ceil(out / PIECE); ; count++) {
    const ends = Array.from({length: count + 1}, (_, i) => 16 * Math.round((i * out) / count / 16))
    const widths = ends.slice(1).map((end, i) => end - ends[i])
    if (widths.every(width => width % ALIAS)) return widths
  }
}

/** What `each` answers for every piece, side by side. */
export function inPieces(
  g: Graph,
  widths: readonly number[],
  {shape, each}: {readonly shape: Shape; readonly each: (piece: number) => Value},
): Columns {
  const parts = widths.map((_, i) => g.inPiece(i, () => each(i)))
  return {kind: 'columns', dtype: parts[0].dtype, shape, parts}
}

/** An operation entry by entry on operands of which one is in pieces, and as large as the result. */
export function entrywise(
  g: Graph,
  operands: readonly Value[],
  {shape, apply}: {readonly shape: Shape; readonly apply: (pieces: readonly Value[]) => Value},
): Value | undefined {
  const like = operands.find((x): x is Columns => x.kind === 'columns' && equalShapes(x.shape, shape))
  if (!like) return undefined
  const widths = like.parts.map(part => part.shape.at(-1)!)
  const split = operands.map(operand => piecesOf(g, operand, widths))
  return inPieces(g, widths, {shape, each: i => apply(split.map(piece => piece(i)))})
}

/** The i-th piece of x along its last axis; all of it where that axis repeats one number. */
export function piecesOf(g: Graph, x: Value, widths: readonly number[]): (i: number) => Value {
  if (x.shape.length === 0 || x.shape.at(-1) === 1) return () => x
  if (x.kind === 'splat') return i => ({...x, shape: narrowed(x.shape, widths[i])})
  if (x.kind === 'columns' && x.parts.every((part, i) => part.shape.at(-1) === widths[i])) return i => x.parts[i]
  if (x.kind === 'view') {
    const pieces = piecesOf(g, x.source, widths)
    return i => ({...x, source: pieces(i), shape: narrowed(x.shape, widths[i])})
  }
  const product = x.kind === 'node' ? thinProduct(x.node) : undefined
  if (product) {
    const {a, b, attributes} = product
    const pieces = attributes.transB ? rowsOf(g, b, widths) : piecesOf(g, b, widths)
    return i => g.op('Gemm', [a, pieces(i)], {dtype: 'float32', shape: narrowed(x.shape, widths[i])}, {attributes})
  }
  return x.shape.length === 1 ? rowsOf(g, x, widths) : cutsOf(g, x, {widths, axis: x.shape.length - 1})
}

/** The i-th piece of x along its first axis. Of a weight it is no copy. */
export function rowsOf(g: Graph, x: Value, widths: readonly number[]): (i: number) => Value {
  if (x.kind !== 'weight') return cutsOf(g, x, {widths, axis: 0})
  return i => g.rows(x, begin(widths, i), widths[i])
}

/** Copies. That of a weight is made anew for every use: it is short-lived, and the weight itself stays mapped. */
function cutsOf(
  g: Graph,
  x: Value,
  {widths, axis}: {readonly widths: readonly number[]; readonly axis: number},
): (i: number) => Value {
  const source = g.as32(g.whole(x))
  return i => {
    const from = begin(widths, i)
    const shape = x.shape.with(axis, widths[i])
    const inputs = [source, g.ints([from]), g.ints([from + widths[i]]), g.ints([axis])]
    const piece = {dtype: source.dtype, shape}
    return x.kind === 'weight' ? g.alone('Slice', inputs, piece) : g.op('Slice', inputs, piece)
  }
}

/** A product that costs less than a copy of its result: one over few numbers, of LoRA's rank, say. */
function thinProduct({op, inputs, attributes}: Node) {
  const [a, b, c] = inputs
  if (op !== 'Gemm' || !a || !b || c || a.shape.length !== 2) return undefined
  return a.shape[attributes.transA ? 0 : 1] <= FEW ? {a, b, attributes} : undefined
}

const begin = (widths: readonly number[], i: number) => widths.slice(0, i).reduce((sum, width) => sum + width, 0)

const narrowed = (shape: Shape, width: number): Shape => shape.with(-1, width)
