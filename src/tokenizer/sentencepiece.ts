import {Fault} from '../base/fault.ts'
import {quote} from '../base/quote.ts'
import {type ByteRange, readMessage} from './protobuf.ts'

export type PieceKind = 'normal' | 'unknown' | 'control' | 'user-defined' | 'unused' | 'byte'

export interface Piece {
  readonly text: string
  readonly score: number
  readonly kind: PieceKind
}

/** A SentencePiece model, as far as tokenizing needs it. A piece's index is its id. */
export interface SentencePiece {
  readonly algorithm: 'unigram' | 'bpe'
  readonly pieces: readonly Piece[]
  readonly unknown: {readonly id: number; readonly text: string}
  readonly byteFallback: boolean
  /** The compiled map of characters that normalises a text; empty where there is none. */
  readonly charsmap: Uint8Array
}

/**
 * Reads a SentencePiece model, Kudo and Richardson 2018 (sentencepiece_model.proto). A Fault where it is none, or where
 * its pieces contradict each other as SentencePiece itself would not accept.
 */
export function parseSentencePiece(bytes: Uint8Array, file: string): SentencePiece {
  const broken = (problem: string) => new Fault('input', `${file}: not a SentencePiece model: ${problem}`)
  const model = readMessage([{file, bytes, start: 0, end: bytes.length}], {1: 'message', 2: 'message', 3: 'message'})
  if (model[1].length === 0) throw broken('it has no pieces')

  const trainer = readMessage(model[2], {3: 'int', 35: 'int', 40: 'int', 45: 'text'})
  const algorithm = trainer[3].at(-1) ?? 1
  if (!Object.hasOwn(ALGORITHMS, algorithm)) throw broken(`unknown algorithm: ${algorithm}; known: 1 to 4`)
  const name = ALGORITHMS[algorithm]
  if (name !== 'unigram' && name !== 'bpe')
    throw new Fault('input', `${file}: a ${name} model cannot be used; known: unigram, bpe`)

  const pieces = model[1].map(piece)
  const wrong = contradiction(pieces)
  if (wrong !== undefined) throw broken(wrong)
  const unknown = {id: trainer[40].at(-1) ?? 0, text: trainer[45].at(-1) ?? '<unk>'}
  if (pieces[unknown.id] === undefined) throw broken(`it has no piece ${unknown.id}, which should be the unknown one`)
  const normalizer = readMessage(model[3], {2: 'bytes'})
  return {
    algorithm: name,
    pieces,
    unknown,
    byteFallback: Boolean(trainer[35].at(-1)),
    charsmap: normalizer[2].at(-1) ?? new Uint8Array(),
  }
}

const ALGORITHMS: Readonly<Record<number, string>> = {1: 'unigram', 2: 'bpe', 3: 'word', 4: 'char'}

const KINDS: readonly (PieceKind | undefined)[] = [
  undefined,
  'normal',
  'unknown',
  'control',
  'user-defined',
  'unused',
  'byte',
]

function piece(span: ByteRange): Piece {
  const fields = readMessage([span], {1: 'text', 2: 'float', 3: 'int'})
  const number = fields[3].at(-1) ?? 1
  const kind = KINDS[number]
  if (kind === undefined)
    throw new Fault('input', `${span.file}: byte ${span.start}: unknown kind of piece: ${number}; known: 1 to 6`)
  return {text: fields[1].at(-1) ?? '', score: fields[2].at(-1) ?? 0, kind}
}

function contradiction(pieces: readonly Piece[]): string | undefined {
  const ids = new Map<string, number>()
  for (const [id, {text, score}] of pieces.entries()) {
    if (text === '') return `piece ${id} is empty`
    if (!Number.isFinite(score)) return `piece ${id} has a score that is not a finite number: ${score}`
    if (ids.has(text)) return `pieces ${ids.get(text)} and ${id} are both ${quote(text)}`
    ids.set(text, id)
  }
  const unknown = pieces.filter(({kind}) => kind === 'unknown').length
  return unknown === 1 ? undefined : `one piece must be the unknown one, not ${unknown}`
}
