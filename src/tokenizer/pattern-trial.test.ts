import {expect, test} from 'vitest'
import {letters} from '../../test/models/tokenizer.ts'
import {tryPatterns} from './pattern-trial.ts'

const split = (Regex: string) => ({
  ...letters(),
  pre_tokenizer: {type: 'Split', pattern: {Regex}, behavior: 'Isolated', invert: false},
})
const trial = (json: object, seconds?: number) =>
  tryPatterns(JSON.stringify(json), {...json}, {file: 'tokenizer.json', ...(seconds ? {seconds} : {})})

// GPT-4's, of which those of LLaMA 3 and Qwen are variants
const PUBLISHED =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

test('published patterns, no patterns and files that the library itself refuses pass', async () => {
  await Promise.all([split(PUBLISHED), letters(), split('(')].map(json => trial(json)))
})

test.each(['(q+q+)+z', '(?:xy|x|y)+z', '(?:word|wo|rd)+z', '(?:\\d\\d|\\d)+z'])(
  'the pattern %s, which backtracks until the library gives up by ending the process, is a fault',
  async pattern => {
    await expect(trial(split(pattern))).rejects.toMatchObject({
      name: 'Fault',
      kind: 'input',
      message:
        'tokenizer.json: not a usable tokenizer: with its regular expressions, encoding a long text ends the process',
    })
  },
)

test('a first encoding that does not end in time is a fault', () =>
  expect(trial(split(PUBLISHED), 0.001)).rejects.toThrow(/encoding long texts takes more than 0\.001 s$/))
