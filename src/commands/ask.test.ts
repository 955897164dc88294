import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {PassThrough} from 'node:stream'
import {beforeAll, expect, test} from 'vitest'
import {BERT, VIT} from '../../test/models/classifiers.ts'
import {openImagePlace, openTextPlace} from '../../test/support/classify-workplace.ts'
import {
  enterWorkplace,
  spawnSvft,
  svft,
  tinyConfig,
  tinyRecipe,
  writeLines,
  writeModel,
  writeRecipe,
} from '../../test/support/workplace.ts'
import {sum} from '../base/collections.ts'
import {replyText} from '../inspect/ask/reply-text.ts'
import {readRecipe} from '../recipes/file/read.ts'
import {run} from '../recipes/run.ts'
import {askLines} from '../terminal/ask-lines.ts'

let folder: string
let at: string
beforeAll(async () => {
  folder = await enterWorkplace()
  at = (await run(await tinyRecipe(folder, {train: {lr: 0.5}, evaluate: {maxNewTokens: 8}}))).folder
})

const predictions = () =>
  readFileSync(join(at, 'predictions-test.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))

const repliesIn = (stdout: unknown) => JSON.parse(String(stdout)).result.replies

test('the trained model writes what it wrote in its evaluation, and the base model what a run without training writes', async () => {
  const {folder: untrained} = await run({
    ...(await tinyRecipe(folder, {adapter: {method: 'none'}, evaluate: {maxNewTokens: 8}})),
    name: 'untrained',
  })
  const before = readFileSync(join(untrained, 'predictions-test.jsonl'), 'utf8').trim().split('\n')
  for (const [i, {prompt, output}] of predictions().entries()) {
    const {stdout} = await svft(folder, ['ask', 'tiny', prompt, '--raw', '--json'])
    const [reply] = repliesIn(stdout)
    expect(reply).toMatchObject({kind: 'text', prompt})
    expect(reply.trained).toBe(output)
    expect(reply.base).toBe(JSON.parse(before[i]).output)
    expect(reply.base).not.toBe(reply.trained)
  }
})

test('an answer that the limit of the evaluation cut off is marked', async () => {
  const lines = predictions()
  const {stdout} = await svft(folder, ['ask', at, lines[0].prompt, '--raw', '--json'])
  const [{maxNewTokens, cut}] = repliesIn(stdout)
  expect([maxNewTokens, cut.trained]).toEqual([8, lines[0].cut === true])
  const reply = {kind: 'text', prompt: 'How many?', base: 'Three cups and', trained: 'Five.', maxNewTokens: 3} as const
  expect(replyText({...reply, cut: {base: true, trained: false}})).toBe(
    'base model:\n  Three cups and\n  (stopped at 3 tokens)\n\ntrained:\n  Five.',
  )
})

test('a question stands in the prompt of training, and both answers are printed under each other', async () => {
  const [json, text] = [
    await svft(folder, ['ask', at, 'How many?', '--json']),
    await svft(folder, ['ask', at, 'How many?']),
  ]
  const [reply] = repliesIn(json.stdout)
  expect(reply.prompt).toMatch(/^Below is an instruction .*\n\n### Instruction:\nHow many\?\n\n### Response:$/)
  expect(text).toMatchObject({exitCode: 0, stderr: expect.stringMatching(/^opening .* …$/)})
  expect(text.stdout).toMatch(/^base model:\n {2}[\s\S]*\n\ntrained:\n {2}/)
  expect(text.stdout).not.toContain('\u001b')
})

test('the prompt may come from stdin', async () => {
  const {stdout} = await spawnSvft(folder, ['ask', 'tiny', '--json'], {input: 'How many?\n'})
  expect(repliesIn(stdout)[0].prompt).toContain('### Instruction:\nHow many?\n\n')
  const empty = await spawnSvft(folder, ['ask', 'tiny'], {input: '\n'})
  expect(empty).toMatchObject({
    exitCode: 2,
    stderr: "prompt: empty or blank; give a text after the run's name, or on stdin",
  })
})

test('stdin is read as data files are: a byte order mark and CRLF are no text, and other bytes than UTF-8 are refused', async () => {
  const {stdout} = await spawnSvft(folder, ['ask', 'tiny', '--raw', '--json'], {input: '\ufeffHow\r\nmany?\r\n\r\n'})
  expect(repliesIn(stdout)[0].prompt).toBe('How\nmany?')
  const latin1 = await spawnSvft(folder, ['ask', 'tiny'], {input: Buffer.from('caf\u00e9', 'latin1')})
  expect(latin1).toMatchObject({exitCode: 1, stdout: '', stderr: 'stdin: not UTF-8 text; give it as UTF-8'})
})

test('models with trained matrices above 1 MiB answer too, and leave nothing in the cache', async () => {
  await writeModel('wide', {config: {...(await tinyConfig()), intermediate_size: 20_000}})
  const adapter = {method: 'lora', rank: 1, alpha: 2, targets: ['down_proj']}
  const recipe = await tinyRecipe(folder, {model: 'wide', adapter, train: {lr: 0.1, steps: 1}})
  const {folder: at} = await run({...recipe, name: 'wide'})
  const [line] = readFileSync(join(at, 'predictions-test.jsonl'), 'utf8').split('\n')
  const {prompt, output} = JSON.parse(line)
  const {stdout} = await svft(folder, ['ask', 'wide', prompt, '--raw', '--json'])
  expect(repliesIn(stdout)).toMatchObject([{kind: 'text', trained: output}])
  expect(readdirSync(process.env.SVFT_CACHE ?? '').filter(name => name.endsWith('.tmp'))).toEqual([])
})

test('a classifier prints the probabilities of both models', async () => {
  const place = await openTextPlace({...BERT, hidden_size: 516}) // its head's matrix has more than 1 MiB
  process.chdir(place)
  const file = writeRecipe(place, {
    task: 'mrpc',
    data: {train: 'train.jsonl', test: {mrpc: 'test.jsonl'}},
    adapter: {method: 'head'},
  })
  const done = await run((await readRecipe(file)).recipe)
  const {stdout} = await svft(place, ['ask', done.folder, 'a', 'b', '--json'])
  const [reply] = repliesIn(stdout)
  const classes = [{name: 'not_equivalent'}, {name: 'equivalent'}]
  expect(reply).toMatchObject({kind: 'classes', texts: ['a', 'b'], classes})
  for (const side of ['base', 'trained']) expect(reply.classes[0][side] + reply.classes[1][side]).toBeCloseTo(1, 6)
  expect(reply.classes[0].base).not.toBe(reply.classes[0].trained)
  const piped = await spawnSvft(place, ['ask', done.folder, '--json'], {input: 'a\tb\r\n\na\tb\n'})
  expect(repliesIn(piped.stdout)).toEqual([reply, reply])
  const lines = await spawnSvft(place, ['ask', done.folder], {input: 'a\tb\nc\td\n'})
  expect(lines.stdout).toMatch(/^a \| b\nclass .*\nnot_equivalent .*\nequivalent .*\n\nc \| d\n(.*\n){2}equivalent .*$/)
  const text = await svft(place, ['ask', done.folder, 'a', 'b'])
  expect(text.stdout).toMatch(/^class +base model {2}trained\n\w+ +0\.\d{4} +0\.\d{4}\n\w+ +0\.\d{4} +0\.\d{4}$/)

  const long = 'a '.repeat(600)
  const cut = await svft(place, ['ask', done.folder, long, 'b', '--json'])
  expect(repliesIn(cut.stdout)[0].truncatedTo).toBe(BERT.max_position_embeddings)
  expect('truncatedTo' in reply).toBe(false)
  const raw = await svft(place, ['ask', done.folder, 'a', 'b', '--raw'])
  expect([raw.exitCode, raw.stderr]).toEqual([
    2,
    `${done.folder}: the model classifies texts; --raw is for models that write text`,
  ])
  expect(await svft(place, ['ask', done.folder, '', ' '])).toMatchObject({
    exitCode: 2,
    stderr: "text: empty or blank; give a text to classify after the run's name, or on stdin",
  })
  const single = await svft(place, ['ask', done.folder, 'a'])
  const short = await spawnSvft(place, ['ask', done.folder], {input: 'a\tb\n\nc\n'})
  expect(single).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: `texts: 1 text, but the model reads 2 (sentence1, sentence2); for example: svft ask ${done.folder} '<sentence1>' '<sentence2>'`,
  })
  expect(short).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: 'stdin, line 3: 1 text, but the model reads 2 (sentence1, sentence2); a tab separates texts',
  })
  process.chdir(folder)
})

test('a classifier of images reads the files that it is given as those of its run', async () => {
  const place = await openImagePlace(VIT)
  process.chdir(place)
  const adapter = {method: 'lora', rank: 2, alpha: 4, dropout: 0, targets: ['query', 'value']}
  const data = {train: 'train', test: {test: 'test'}}
  const done = await run(await tinyRecipe(place, {task: 'images', data, adapter, train: {lr: 0.05}}))
  const [{logits}] = readFileSync(join(done.folder, 'predictions-test.jsonl'), 'utf8')
    .split('\n', 1)
    .map(line => JSON.parse(line))
  const total = sum(logits.map(Math.exp))

  const {stdout} = await svft(place, ['ask', done.folder, 'test/blue/0.png', '--json'])
  const [reply] = repliesIn(stdout)
  expect(reply).toMatchObject({
    kind: 'classes',
    texts: ['test/blue/0.png'],
    classes: ['blue', 'green', 'red'].map((name, i) => ({
      name,
      trained: expect.closeTo(Math.exp(logits[i]) / total, 5),
    })),
  })
  expect(reply.classes[0].base).not.toBeCloseTo(reply.classes[0].trained, 3)

  const files = ['test/blue/0.png', 'test/red/0.png']
  const both = await svft(place, ['ask', done.folder, ...files])
  expect(both.stdout).toMatch(/^test\/blue\/0\.png\nclass .*\nblue .*\ngreen .*\nred .*\n\ntest\/red\/0\.png\nclass /)
  const piped = await spawnSvft(place, ['ask', done.folder], {input: files.join('\n')})
  expect(piped.stdout).toBe(both.stdout)

  writeFileSync('text.png', 'text')
  const refused = (...args: string[]) => svft(place, ['ask', done.folder, ...args])
  expect(await refused('none.jpg')).toMatchObject({
    exitCode: 74,
    stderr: expect.stringContaining('none.jpg: no such file'),
  })
  expect(await refused('text.png')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('text.png: not an image'),
  })
  expect(await spawnSvft(place, ['ask', done.folder], {input: '\n'})).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^image file: missing; give JPEG or PNG/),
  })
  expect(await refused('a.png', '--raw')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('classifies images; --raw is'),
  })
  process.chdir(folder)
})

test('of more than 20 classes the 5 most probable are printed', () => {
  const classesOf = (count: number) =>
    Array.from({length: count}, (_, i) => ({name: `c${i}`, base: 0, trained: i / 300}))
  const linesOf = (count: number) => replyText({kind: 'classes', texts: ['a'], classes: classesOf(count)}).split('\n')
  expect(linesOf(20)).toHaveLength(21)
  expect(linesOf(21).map(line => line.split(' ')[0])).toEqual(['class', 'c20', 'c19', 'c18', 'c17', 'c16', '16'])
  expect(linesOf(21).at(-1)).toBe('16 other classes are less probable')
})

test('a text that was truncated is marked', () => {
  expect(replyText({kind: 'value', texts: ['a b'], base: 1, trained: 2, truncatedTo: 8})).toBe(
    'base model: 1.0000\ntrained:    2.0000\n(the text was truncated to 8 tokens)',
  )
})

test('a model whose template has two columns takes a text for each', async () => {
  const data = {train: 'train.jsonl', template: 'Q: {query} {hint} {query}\nA: ', columns: {target: 'response'}}
  const lines = readFileSync('train.jsonl', 'utf8').trim().split('\n')
  writeLines(
    'hints.jsonl',
    lines.map(line => ({...JSON.parse(line), hint: 'Count.'})),
  )
  const recipe = {task: 'instruct', data: {...data, train: 'hints.jsonl', split: {test: 0.2}}}
  const {folder: at} = await run({
    ...(await tinyRecipe(folder, {...recipe, evaluate: {maxNewTokens: 4}})),
    name: 'hints',
  })
  const {stdout} = await svft(folder, ['ask', at, 'How many?', 'Add.', '--json'])
  expect(repliesIn(stdout)[0].prompt).toBe('Q: How many? Add. How many?\nA:')
  const piped = await spawnSvft(folder, ['ask', at, '--json'], {input: 'How\nmany?\t\n'})
  expect(repliesIn(piped.stdout)[0].prompt).toBe('Q: How\nmany?  How\nmany?\nA:')
  const withoutHint = await svft(folder, ['ask', at, 'How many?', '', '--json'])
  expect(repliesIn(withoutHint.stdout)[0].prompt).toBe('Q: How many?  How many?\nA:')
  expect(await svft(folder, ['ask', 'hints', '', ''])).toMatchObject({
    exitCode: 2,
    stderr: "prompt: empty or blank; give a text after the run's name, or on stdin",
  })
  expect(await svft(folder, ['ask', '', 'How many?'])).toMatchObject({
    exitCode: 2,
    stderr: 'run: the argument is empty',
  })
  expect(await svft(folder, ['ask', 'hints', 'How many?'])).toMatchObject({
    exitCode: 2,
    stderr: "prompt: 1 text, but the model reads 2 (query, hint); for example: svft ask hints '<query>' '<hint>'",
  })
  const raw = await svft(folder, ['ask', 'hints', '--raw', 'How', 'many?'])
  expect(raw).toMatchObject({exitCode: 2, stderr: expect.stringContaining('2 texts, but the model reads 1 (prompt)')})
})

test('models that are scored by perplexity continue a text, or answer in the prompt of training', async () => {
  const data = {train: 'train.jsonl', split: {test: 0.5}}
  const scored = async (name: string, task: object, columns: object) => {
    const evaluate = {metric: 'perplexity', maxNewTokens: undefined}
    const recipe = await tinyRecipe(folder, {...task, data: {...data, ...columns}, train: {lr: 0.5}, evaluate})
    return (await run({...recipe, name})).folder
  }
  await scored('plain', {task: 'text'}, {columns: {text: 'response'}})
  const template = {template: 'Q: {query}\nA:', columns: {target: 'response'}}
  await scored('answers', {task: 'instruct'}, template)

  const ask = async (...args: string[]) => repliesIn((await svft(folder, ['ask', ...args, '--json'])).stdout)[0]
  const plain = await ask('plain', 'Tom has')
  expect(plain).toMatchObject({kind: 'text', prompt: 'Tom has'})
  expect(plain.trained).not.toBe(plain.base)
  expect(await ask('plain', '--raw', 'Tom has')).toEqual(plain)
  const answer = await ask('answers', 'How many?')
  expect(answer.prompt).toBe('Q: How many?\nA:')
  expect(await ask('answers', '--raw', answer.prompt)).toEqual(answer)
})

test('at a terminal, lines are asked for until the input ends', async () => {
  const [input, output] = [new PassThrough(), new PassThrough({encoding: 'utf8'})]
  const lines: string[] = []
  input.write('one\ntwo\n')
  for await (const line of askLines('> ', {input, output, signal: new AbortController().signal})) {
    lines.push(line)
    if (line === 'two') input.end()
  }
  expect(lines).toEqual(['one', 'two'])
  expect(output.read()).toContain('> ')
})

test('a run that trained nothing, one that has not finished, and a second text for a causal model are refused', async () => {
  const pair = await svft(folder, ['ask', at, 'one', 'two'])
  const untrained = await svft(folder, ['ask', 'untrained', 'one'])
  rmSync(join(at, 'row.json'))
  const open = await svft(folder, ['ask', at, 'one'])
  expect(pair).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('prompt: 2 texts, but the model reads 1 (question)'),
  })
  expect(untrained).toMatchObject({exitCode: 2, stderr: expect.stringContaining('method none trains nothing')})
  expect(open).toMatchObject({exitCode: 1, stderr: expect.stringContaining('the run has not finished')})
})
