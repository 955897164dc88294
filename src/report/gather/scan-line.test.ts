import {mkdtemp, readFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {writeClassPredictions} from '../../evaluate/class-predictions.ts'
import {writePredictions} from '../../evaluate/predictions.ts'
import {random} from '../../tensor/random.ts'
import {scanLine} from './scan-line.ts'

const folder = await mkdtemp(join(tmpdir(), 'svft-scan-'))

const WRITTEN = [
  {index: 0, prompt: '', output: '', extracted: undefined, gold: undefined, correct: false},
  {
    index: 1,
    prompt: 'a "quoted"\n\\ line\u0007 ü 文 😀 \ud800',
    output: '},"correct":true}\n',
    extracted: 1e-7,
    gold: '',
    correct: true,
  },
  {index: 20, prompt: ',"correct":false', output: 'x', extracted: -0.5, gold: '1e21', correct: false, hypotheses: []},
  {
    index: 1234567,
    prompt: 'p',
    output: 'q',
    extracted: 1e21,
    gold: 7,
    correct: true,
    hypotheses: [
      {output: 'q"', score: -0.25},
      {output: '', score: -1e-9},
    ],
  },
]
const CLASSIFIED = [
  {index: 0, label: 1, predicted: 1, logits: [0.5, -1.25e-9]},
  {index: 3, label: 1, predicted: 0, logits: [1e21]},
  {index: 9, label: 0.1, predicted: -0.1, logits: []},
]

/** What JSON.parse says of every line up to the first that is none. */
function parsed(text: string) {
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))
    .map(({index, correct, label, predicted}) => ({index, right: correct ?? label === predicted}))
}

function scanned(text: string) {
  const found: {index: number; right: boolean}[] = []
  for (let from = 0; from < text.length; ) {
    const {index, right, next} = scanLine(text, from)!
    found.push({index, right})
    from = next
  }
  return found
}

test('every line that a run writes is scanned, and says what JSON says', async () => {
  const [written, classified] = [join(folder, 'written.jsonl'), join(folder, 'classified.jsonl')]
  await writePredictions(written, WRITTEN)
  await writeClassPredictions(classified, CLASSIFIED)
  for (const file of [written, classified]) {
    const text = await readFile(file, 'utf8')
    expect(scanned(text)).toEqual(parsed(text))
  }
})

test('of 20,000 damaged lines none is scanned that JSON does not read in the same way', async () => {
  const file = join(folder, 'damaged.jsonl')
  await writePredictions(file, WRITTEN)
  const lines = [
    ...(await readFile(file, 'utf8')).split('\n').slice(0, -1),
    ...CLASSIFIED.map(one => JSON.stringify(one)),
  ]
  const draws = random(0)
  let same = 0
  for (let i = 0; i < 20_000; i++) {
    const line = lines[draws.int(lines.length)]
    const at = draws.int(line.length)
    const put = '"\\{}[],:.-+e0159 tnu\u0001\n'[draws.int(22)]
    const damaged = `${line.slice(0, at)}${put}${line.slice(at + draws.int(3))}\n`
    const found = scanLine(damaged, 0)
    if (!found) continue
    same++
    expect([found], damaged).toMatchObject(parsed(damaged.slice(0, found.next)))
  }
  expect(same).toBeGreaterThan(100)
})

test('a long text takes no more room than it has', () => {
  const line = `${JSON.stringify({index: 5, prompt: '"x'.repeat(3_000_000), output: '', extracted: null, gold: null, correct: true})}\n`
  expect(scanLine(line, 0)).toEqual({index: 5, right: true, next: line.length})
})

test('what is not as a run writes it, or is cut off, is not scanned', () => {
  for (const text of [
    '',
    '{"index":1,"correct":true}',
    '{"correct":true,"index":1}\n',
    '{"index":01,"correct":true}\n',
  ]) {
    expect(scanLine(text, 0), text).toBeUndefined()
  }
})
