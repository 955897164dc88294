import {createRequire} from 'node:module'
import {Fault} from '../base/fault.ts'
import type {Fields} from '../data/record.ts'
import {repetitiveTexts} from './repetitive-texts.ts'
import {patternsOf} from './structure.ts'

/**
 * Encodes long texts with a tokenizer that has regular expressions of its own, in a child process that can be killed: a
 * pattern that backtracks forever hangs the library or aborts its process. Tokenizers without regular expressions need no
 * trial. Throws a Fault if the encoding does not end in time, or aborts. A large tokenizer needs seconds on a busy machine.
 */
export async function tryPatterns(text: string, json: Fields, {file, seconds = 60}: TrialOptions): Promise<void> {
  const patterns = patternsOf(json)
  if (patterns.length === 0) return
  const texts = patterns.flatMap(pattern => joined(repetitiveTexts(pattern)).map(text => `${text} ${pattern}`))
  const library = createRequire(import.meta.url).resolve('tokenizers')
  const {execa} = await import('execa') // loads in 0.1 s
  const child = await execa(process.execPath, ['--eval', ENCODE, library], {
    input: JSON.stringify({text, texts}),
    reject: false,
    timeout: 1000 * seconds,
    killSignal: 'SIGKILL',
    stdout: 'ignore',
  })
  if (child.exitCode === 0) return
  const why = child.timedOut
    ? `encoding long texts takes more than ${seconds} s`
    : 'encoding a long text ends the process'
  throw new Fault('input', `${file}: not a usable tokenizer: with its regular expressions, ${why}`)
}

/** Joins short texts, as the pattern follows each: a search may begin only if all of its literal letters are ahead. */
function joined(texts: readonly string[], length = 2000): string[] {
  const all: string[] = []
  for (const text of texts) {
    const last = all.at(-1)
    if (last !== undefined && last.length + text.length <= length) all[all.length - 1] += text
    else all.push(text)
  }
  return all
}

interface TrialOptions {
  readonly file: string
  readonly seconds?: number
}

/** Exits with 0 also if the library refuses the file: opening it reports why. */
const ENCODE = `
const {Tokenizer} = require(process.argv[1])
const {text, texts} = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
let tokenizer
try { tokenizer = Tokenizer.fromString(text) } catch { process.exit(0) }
tokenizer.encodeBatch(texts).catch(() => {})
`
