import {Fault} from '../base/fault.ts'
import {quote} from '../base/printable.ts'
import {type ByteRange, readMessage} from './protobuf.ts'

export interface VocabularyPiece {
  readonly text: string
  readonly score: number
  readonly kind: PieceKind
}

type PieceKind = (typeof KINDS)[number]
const KINDS = ['normal', 'unknown', 'control', 'user-defined', 'unused', 'byte'] as const // from 1

/** The parts of a SentencePiece model that tokenizing needs. A piece's index is its id. */
export interface SentencePiece {
  readonly algorithm: 'unigram' | 'bpe'
  readonly pieces: readonly VocabularyPiece[]
  readonly unknown: {readonly id: number; readonly text: string}
  /** The compiled map of characters that normalizes a text; empty if there is none. */
  readonly charsmap: Uint8Array
}

/**
 * Reads a SentencePiece model, Kudo and Richardson 2018 (sentencepiece_model.proto).
 *
 * @throws Fault 'input' if it is not one, or if SentencePiece would not accept its pieces
 */
export function parseSentencePiece(bytes: Uint8Array, file: string): SentencePiece {
  const broken = (problem: string) => new Fault('input', `${file}: not a SentencePiece model: ${problem}`)
  const model = readMessage([{file, bytes, start: 0, end: bytes.length}], {1: 'message', 2: 'message', 3: 'message'})
  if (model[1].length === 0) throw broken('it has no pieces')

  const trainer = readMessage(model[2], {3: 'int', 40: 'int', 45: 'text'})
  const algorithm = trainer[3].at(-1) ?? 1
  if (!Object.hasOwn(ALGORITHMS, algorithm)) throw broken(`unknown algorithm: ${algorithm}; known: 1 to 4`)
  const name = ALGORITHMS[algorithm]
  if (name !== 'unigram' && name !== 'bpe')
    throw new Fault('input', `${file}: a ${name} model cannot be used; supported: unigram, bpe`)

  const pieces = model[1].map(parsePiece)
  const problem = piecesProblem(pieces)
  if (problem !== undefined) throw broken(problem)
  const unknown = {id: trainer[40].at(-1) ?? 0, text: trainer[45].at(-1) ?? '<unk>'}
  if (pieces[unknown.id] === undefined) throw broken(`piece ${unknown.id}, the unknown one, is missing`)
  const normalizer = readMessage(model[3], {2: 'bytes'})
  return {
    algorithm: name,
    pieces,
    unknown,
    charsmap: normalizer[2].at(-1) ?? new Uint8Array(),
  }
}

const ALGORITHMS: Readonly<Record<number, string>> = {1: 'unigram', 2: 'bpe', 3: 'word', 4: 'char'}

function parsePiece(range: ByteRange): VocabularyPiece {
  const fields = readMessage([range], {1: 'text', 2: 'float', 3: 'int'})
  const number = fields[3].at(-1) ?? 1
  const kind: PieceKind | undefined = KINDS[number - 1]
  if (kind === undefined)
    throw new Fault('input', `${range.file}: byte ${range.start}: unknown type of piece: ${number}; known: 1 to 6`)
  return {text: fields[1].at(-1) ?? '', score: fields[2].at(-1) ?? 0, kind}
}

function piecesProblem(pieces: readonly VocabularyPiece[]): string | undefined {
  const ids = new Map<string, number>()
  for (const [id, {text, score}] of pieces.entries()) {
    if (text === '') return `piece ${id} is empty`
    if (!Number.isFinite(score)) return `piece ${id} has a score that is not a finite number: ${score}`
    if (ids.has(text)) return `pieces ${ids.get(text)} and ${id} are both ${quote(text)}`
    ids.set(text, id)
  }
  const unknown = pieces.filter(({kind}) => kind === 'unknown').length
  return unknown === 1 ? undefined : `${unknown} pieces are of the type unknown; one has to be`
}
