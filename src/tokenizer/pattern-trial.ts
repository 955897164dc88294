import {createRequire} from 'node:module'
import {Fault} from '../base/fault.ts'
import {limitedProcess} from '../base/limited-process.ts'
import type {Fields} from '../data/record.ts'
import {repetitiveTexts} from './repetitive-texts.ts'
import {patternsOf} from './structure.ts'

/**
 * Encodes long texts with a tokenizer that has regular expressions of its own, in a process that may be ended: a pattern that
 * backtracks forever hangs the library or aborts its process. Tokenizers without regular expressions need no trial. Throws a
 * Fault if the encoding does not end in time, or aborts. A large tokenizer needs seconds on a busy machine.
 */
export async function tryPatterns(text: string, json: Fields, {file, seconds = 60}: TrialOptions): Promise<void> {
  const patterns = patternsOf(json)
  if (patterns.length === 0) return
  const texts = patterns.flatMap(pattern => joined(repetitiveTexts(pattern)).map(text => `${text} ${pattern}`))
  const exceeds = (limit: 'memory' | 'seconds') => {
    const why =
      limit === 'seconds' ? `encoding long texts takes more than ${seconds} s` : 'encoding a long text ends the process'
    return new Fault('input', `${file}: not a usable tokenizer: with its regular expressions, ${why}`)
  }
  await requestTrial({text, texts}, {memory: MEMORY, seconds, exceeds})
}

/** Joins short texts, as the pattern follows each: a search may begin only if all of its literal letters are ahead. */
function joined(texts: readonly string[]): string[] {
  const all: string[] = []
  for (const text of texts) {
    const last = all.at(-1)
    if (last !== undefined && last.length + text.length <= JOINED_LENGTH) all[all.length - 1] += text
    else all.push(text)
  }
  return all
}

interface TrialOptions {
  readonly file: string
  readonly seconds?: number
}

/** The most letters of joined texts. */
const JOINED_LENGTH = 2000

/** Bytes, far more than the largest tokenizers need. */
const MEMORY = 2 ** 32

/** Responds also if the library refuses the file: opening it reports why. */
const TRY = `
const {Tokenizer} = require(process.argv[1])
process.on('message', async ({text, texts}) => {
  try {
    await Tokenizer.fromString(text).encodeBatch(texts)
  } catch {}
  process.send('ended')
})
`

const requestTrial = limitedProcess(['--eval', TRY, createRequire(import.meta.url).resolve('tokenizers')])
