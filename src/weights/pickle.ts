import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {UTF8} from '../base/text/utf8.ts'

// Python's pickle is a program for a small stack machine (Lib/pickletools.py documents each instruction). Python
// lets it call anything; here it can call only the functions in `globals`, which do nothing but make values. Of the
// instructions it has those of protocols 2 to 5 that Python 2 and 3 write for a state dict.

/** A value on the program's stack: None is undefined, a tuple or list an array, a dict a map. */
export type PickleValue =
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleDict
  | PickleGlobal
  | PickleObject

interface PickleDict extends Map<PickleValue, PickleValue> {}

/** An allowed function or class of Python, by its full name. */
interface PickleGlobal {
  readonly kind: 'global'
  readonly name: string
}

/** The result of an allowed function, which is opaque to the machine. */
export interface PickleObject {
  readonly kind: 'storage' | 'tensor'
}

export interface PickleOptions {
  /** The functions that the program may call, by full name; undefined for a class that it may name but not call. */
  readonly globals: ReadonlyMap<string, ((args: readonly PickleValue[]) => PickleValue) | undefined>
  /** Loads an object that is stored outside the pickle, by its id. */
  readonly persistent: (id: PickleValue) => PickleValue
}

/**
 * Runs the program at the start of `bytes`; returns its result and its length, or undefined if `bytes` end before it does.
 * Time and memory are proportional to its length, and it never recurses.
 *
 * @throws Fault 'input' for everything that is not allowed, with its name
 */
export function unpickle(
  bytes: Uint8Array,
  options: PickleOptions,
): {readonly value: PickleValue; readonly end: number} | undefined {
  const machine = new Machine(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), options)
  try {
    for (let steps = 0; ; steps++) {
      if (steps === MAX_STEPS) throw refused(`takes more than ${MAX_STEPS} steps`)
      const at = machine.at
      const code = machine.take(1)[0]
      if (code === STOP) return {value: machine.pop(), end: machine.at}
      const instruction = INSTRUCTIONS.get(code)
      if (!instruction)
        throw refused(`has the unknown instruction 0x${code.toString(16).padStart(2, '0')} at byte ${at}`)
      instruction(machine)
    }
  } catch (error) {
    if (error === OUT_OF_BYTES) return undefined
    throw error
  }
}

export const refused = (message: string) => new Fault('input', `its pickle ${message}`)

/** The stack machine of one program. */
class Machine {
  readonly options: PickleOptions
  /** The position of the next byte of the program. */
  at = 0
  private readonly bytes: Buffer
  private readonly stack: PickleValue[] = []
  private readonly marks: number[] = []
  private readonly memo = new Map<number, PickleValue>()
  private copied = 0

  constructor(bytes: Buffer, options: PickleOptions) {
    this.bytes = bytes
    this.options = options
  }

  push(value: PickleValue): void {
    this.stack.push(value)
  }

  pop(): PickleValue {
    this.top()
    return this.stack.pop()
  }

  top(): PickleValue {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw refused('takes from an empty stack')
    return this.stack[this.stack.length - 1]
  }

  mark(): void {
    this.marks.push(this.stack.length)
  }

  popToMark(): PickleValue[] {
    const mark = this.marks.pop()
    if (mark === undefined) throw refused('has no mark where it needs one')
    return this.stack.splice(mark)
  }

  store(index = this.memo.size): void {
    this.memo.set(index, this.top())
  }

  load(index: number): void {
    if (!this.memo.has(index)) throw refused(`reads memo ${index}, which it never wrote`)
    this.push(this.memo.get(index))
  }

  /** Counts the items of lists that a call copies: a list put aside can be copied again and again. */
  copy(count: number): void {
    this.copied += count
    if (this.copied > MAX_COPIED) throw refused(`copies more than ${MAX_COPIED} items of lists`)
  }

  take(count: number): Buffer {
    if (this.at + count > this.bytes.length) throw OUT_OF_BYTES
    this.at += count
    return this.bytes.subarray(this.at - count, this.at)
  }

  line(): string {
    const end = this.bytes.indexOf(NEWLINE, this.at)
    if (end === -1) throw OUT_OF_BYTES
    return text(this.take(end + 1 - this.at).subarray(0, -1))
  }
}

export const isKind = <K extends (PickleGlobal | PickleObject)['kind']>(
  value: PickleValue,
  kind: K,
): value is Extract<PickleValue, {readonly kind: K}> =>
  typeof value === 'object' && 'kind' in value && value.kind === kind

const instructions: Readonly<Record<string, (m: Machine) => void>> = {
  '80 PROTO': m => {
    const [protocol] = m.take(1)
    if (protocol > 5) throw refused(`is of protocol ${protocol}; known: up to 5`)
  },
  '95 FRAME': m => void m.take(8),

  '4e NONE': m => m.push(undefined),
  '88 NEWTRUE': m => m.push(true),
  '89 NEWFALSE': m => m.push(false),
  '4a BININT': m => m.push(m.take(4).readInt32LE()),
  '4b BININT1': m => m.push(m.take(1)[0]),
  '4d BININT2': m => m.push(m.take(2).readUInt16LE()),
  '8a LONG1': m => m.push(long(sized(m, 1))),
  '8b LONG4': m => m.push(long(sized(m, 4))),
  '47 BINFLOAT': m => m.push(m.take(8).readDoubleBE()),
  '8c SHORT_BINUNICODE': m => m.push(text(sized(m, 1))),
  '58 BINUNICODE': m => m.push(text(sized(m, 4))),
  '8d BINUNICODE8': m => m.push(text(sized(m, 8))),
  '55 SHORT_BINSTRING': m => m.push(text(sized(m, 1))), // Python 2
  '54 BINSTRING': m => m.push(text(sized(m, 4))), // Python 2
  '43 SHORT_BINBYTES': m => m.push(sized(m, 1)),
  '42 BINBYTES': m => m.push(sized(m, 4)),

  '28 MARK': m => m.mark(),
  '30 POP': m => void m.pop(),
  '31 POP_MARK': m => void m.popToMark(),
  '29 EMPTY_TUPLE': m => m.push([]),
  '74 TUPLE': m => m.push(m.popToMark()),
  '85 TUPLE1': m => m.push([m.pop()]),
  '86 TUPLE2': m => m.push([m.pop(), m.pop()].reverse()),
  '87 TUPLE3': m => m.push([m.pop(), m.pop(), m.pop()].reverse()),
  '5d EMPTY_LIST': m => m.push([]),
  '6c LIST': m => m.push(m.popToMark()),
  '61 APPEND': m => append(m, [m.pop()]),
  '65 APPENDS': m => append(m, m.popToMark()),
  '7d EMPTY_DICT': m => m.push(new Map()),
  '64 DICT': m => {
    const pairs = m.popToMark()
    m.push(new Map())
    setItems(m, pairs)
  },
  '73 SETITEM': m => setItems(m, [m.pop(), m.pop()].reverse()),
  '75 SETITEMS': m => setItems(m, m.popToMark()),

  '71 BINPUT': m => m.store(m.take(1)[0]),
  '72 LONG_BINPUT': m => m.store(m.take(4).readUInt32LE()),
  '94 MEMOIZE': m => m.store(),
  '68 BINGET': m => m.load(m.take(1)[0]),
  '6a LONG_BINGET': m => m.load(m.take(4).readUInt32LE()),

  '63 GLOBAL': m => nameGlobal(m, m.line(), m.line()),
  '93 STACK_GLOBAL': m => {
    const [name, module] = [m.pop(), m.pop()]
    nameGlobal(m, module, name)
  },
  '52 REDUCE': call,
  '81 NEWOBJ': call,
  '62 BUILD': setAttributes,
  '51 BINPERSID': m => m.push(m.options.persistent(m.pop())),
}

const INSTRUCTIONS = new Map(Object.entries(instructions).map(([key, run]) => [Number.parseInt(key, 16), run]))

function append(m: Machine, items: readonly PickleValue[]): void {
  const list = m.top()
  if (!Array.isArray(list)) throw refused('appends to a value that is not a list')
  for (const item of items) list.push(item)
}

/** Sets the items of the dict on the stack to alternating keys and values. */
function setItems(m: Machine, pairs: readonly PickleValue[]): void {
  const dict = m.top()
  if (!(dict instanceof Map)) throw refused('sets an item of a value that is not a dict')
  if (pairs.length % 2) throw refused('has a key without a value')
  for (let i = 0; i < pairs.length; i += 2) dict.set(pairs[i], pairs[i + 1])
}

function nameGlobal(m: Machine, module: PickleValue, attribute: PickleValue): void {
  if (typeof module !== 'string' || typeof attribute !== 'string') throw refused('asks for a global without a name')
  const name = `${module}.${attribute}`
  if (!m.options.globals.has(name)) throw refused(`asks for ${escapeLine(name, 120)}, which is no part of a tensor`)
  m.push({kind: 'global', name})
}

function call(m: Machine): void {
  const args = m.pop()
  const callee = m.pop()
  if (!isKind(callee, 'global')) throw refused('calls a value that is not a function')
  const make = m.options.globals.get(callee.name)
  if (!make || !Array.isArray(args)) throw refused(`cannot call ${escapeLine(callee.name, 120)} like that`)
  for (const arg of args) if (Array.isArray(arg)) m.copy(arg.length)
  m.push(make(args))
}

/** An ordered dict may have attributes, such as the versions of its modules, which are ignored. */
function setAttributes(m: Machine): void {
  const state = m.pop()
  if (!(m.top() instanceof Map && state instanceof Map)) throw refused('sets attributes of a value that has none')
}

/** Takes the bytes that follow their own number, which is a whole number of `width` bytes. */
function sized(m: Machine, width: 1 | 4 | 8): Buffer {
  const count = m.take(width)
  return m.take(width === 8 ? Number(count.readBigUInt64LE()) : count.readUIntLE(0, width))
}

function text(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    throw refused('has text that is not UTF-8')
  }
}

/** A whole number of any length, two's complement, little-endian. */
function long(bytes: Uint8Array): number | bigint {
  if (bytes.length > MAX_LONG) throw refused(`has a number of ${bytes.length} bytes`)
  const hex = Buffer.from(bytes).reverse().toString('hex')
  const value = hex === '' ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`))
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

const OUT_OF_BYTES = Symbol('the bytes end before the program')

const STOP = 0x2e
const NEWLINE = 0x0a
const MAX_LONG = 16
const MAX_STEPS = 2 ** 20 // a tensor takes about 25
const MAX_COPIED = 2 ** 20 // a tensor takes about 10
