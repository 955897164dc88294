import {cp, mkdir, mkdtemp, readFile, symlink, writeFile} from 'node:fs/promises'
import {join, relative} from 'node:path'
import {execa} from 'execa'
import {expect, test} from 'vitest'
import {comparison, passes} from '../scripts/parity/measure.ts'
import {findCases, parity, runCase} from '../scripts/parity/run.ts'
import {readTensors} from '../scripts/parity/tensors.ts'
import {compare} from '../scripts/parity.ts'
import {METHODS, METHODS_BY_NAME} from '../src/adapters/index.ts'
import type {Weighting} from '../src/train/batch.ts'
import {writeSafetensors} from '../src/weights/safetensors.ts'
import {ENGINES} from './models/adapters.ts'
import {openFolder} from './support/cleanup.ts'

const GOLDENS = join(import.meta.dirname, 'goldens')
const scratch = openFolder()

const [js, onnx] = ENGINES
const cases = (await findCases(GOLDENS)).map(folder => relative(GOLDENS, folder))
const kindOf = (name: string) => name.slice(0, name.indexOf('/'))

test('there are cases of all kinds', () => {
  expect([...new Set(cases.map(kindOf))]).toEqual([
    'adapters',
    'generation',
    'images',
    'init',
    'metrics',
    'models',
    'pattern',
    'schedules',
    'scorers',
    'tokenizers',
    'training',
  ])
})

test.each(['adapters', 'init'])('every method that adapts layers has a case in %s', kind => {
  const methods = Object.keys(METHODS).filter(name => METHODS_BY_NAME[name].trains === 'adapters')
  const lacking = methods.filter(method => !cases.some(name => `${name}-`.startsWith(`${kind}/${method}-`)))
  expect(lacking, `add cases to test/goldens/${kind}; test/goldens/README.md says how`).toEqual([])
})

test.each(cases)('%s is what the reference says', async name => {
  expect(await runCase(join(GOLDENS, name), name, onnx)).toMatchObject({passed: true})
})

test.each(cases.filter(name => ['adapters', 'generation', 'models'].includes(kindOf(name))))(
  '%s is what the reference says, on the slow engine too',
  async name => {
    expect(await runCase(join(GOLDENS, name), name, js)).toMatchObject({passed: true})
  },
)

test('bfloat16 has measures and tolerances of its own', () => {
  const {judge, outputError, gradientError} = comparison({name: 'openvino'}, {y: 1e-6})
  const [theirs, off, turned] = [
    [3, 4],
    [3.03, 4.04],
    [4, 3],
  ]
  expect(outputError(off, theirs)).toBeCloseTo(0.01, 6)
  expect(outputError([3], theirs)).toBe(Infinity)
  expect(gradientError(off, theirs)).toBeCloseTo(0, 6)
  expect(gradientError(turned, theirs)).toBeCloseTo(1 - 24 / 25, 6)
  expect(gradientError([NaN, 1], theirs)).toBeNaN()
  expect([1e-2, 3e-2, NaN].map(error => passes(judge('y', error)))).toEqual([true, false, false])
  expect([1e-3, 3e-2].map(error => passes(judge('grad.lora_A', error, 'grads')))).toEqual([true, false])
  expect(passes(judge('ids', 1))).toBe(false)
})

/** A case, one of its files, what to change there, and the one measure that then fails. */
const ALTERED: readonly (readonly [name: string, file: string, change: Change, measure: string])[] = [
  ['models/llama-tied-sharded', 'expected.safetensors', number('logits'), 'logits'],
  ['models/llama-tied-sharded', 'expected.safetensors', number('loss'), 'loss'],
  ['models/llama-tied-sharded', 'expected.safetensors', number('grad.model.layers.1.mlp.up_proj.weight'), 'grads'],
  ['adapters/svft-topk-code-wide', 'tensors.safetensors', number('y'), 'y'],
  ['adapters/svft-topk-code-wide', 'tensors.safetensors', number('merged'), 'merged'],
  ['adapters/svft-topk-code-wide', 'tensors.safetensors', number('dx'), 'dx'],
  ['adapters/svft-topk-code-wide', 'tensors.safetensors', number('grad.gate'), 'grad.gate'],
  ['training/llama-lora', 'expected.json', value('losses', losses => losses.with(3, losses[3] * 1.002)), 'losses'],
  ['training/llama-lora', 'expected.json', value('lrs', lrs => lrs.with(0, 1e-12)), 'lrs'],
  ['training/llama-lora', 'expected.json', value('gradNorms', norms => norms.with(19, norms[19] * 1.002)), 'gradNorms'],
  ['training/llama-lora', 'expected.safetensors', number('model.layers.1.mlp.up_proj.trainable.lora_A'), 'trainables'],
  ['training/llama-lora-micro-batches', 'case.json', weighting('examples'), 'losses'],
  ['training/llama-lora-micro-batches', 'case.json', weighting('tokens'), 'losses'],
  ['training/llama-lora-tokens', 'case.json', weighting('micro-batches'), 'losses'],
  ['generation/llama-greedy', 'case.json', value('expected', ids => ids.with(0, ids[0].slice(0, -1))), 'ids'],
  ['generation/llama-beam', 'case.json', value('scores', scores => scores.with(0, scores[0] + 0.001)), 'scores'],
  ['tokenizers/sentencepiece-bpe-llama', 'lines.jsonl', text('"ids": [', '"ids": [2, '), 'ids'],
  ['tokenizers/sentencepiece-bpe-llama', 'lines.jsonl', text('"decoded": "', '"decoded": " '), 'decoded'],
  ['tokenizers/bert-wordpiece', 'lines.jsonl', text('"typeIds": [', '"typeIds": [1, '), 'typeIds'],
  ['scorers/gsm8k', 'lines.jsonl', text('"extracted": null', '"extracted": 5'), 'extracted'],
  ['scorers/gsm8k', 'lines.jsonl', text('"correct": true', '"correct": false'), 'correct'],
  ['metrics/pearson', 'lines.jsonl', text('"value": null', '"value": 0'), 'value'],
  ['metrics/accuracy', 'lines.jsonl', text('"value": 0.8', '"value": 0.8001'), 'value'],
  ['schedules/linear-04-warmup1-total5-steps8', 'case.json', value('expected', lrs => lrs.with(0, 1e-12)), 'lr'],
  ['init/svft-topk-d2-24x40', 'case.json', value('trainable', all => ({...all, s: [113]})), 'trainable'],
  ['init/svft-topk-d2-24x40', 'case.json', value('frozen', all => ({...all, w: [24]})), 'frozen'],
  ['init/svft-topk-d2-24x40', 'case.json', value('trainableCount', count => count + 1), 'count'],
  ['images/jpeg-420-50x37', 'case.json', value('mean', mean => mean.with(2, 0.51)), 'pixel_values'],
  ['images/jpeg-420-50x37', 'case.json', value('width', () => 27), 'pixels'],
  ['images/jpeg-420-50x37', 'case.json', value('filter', () => 'bilinear'), 'pixels'],
  ['pattern/02-banded-d2-12x10', 'expected.json', value('rows', rows => rows.with(1, 7)), 'rows'],
  ['pattern/02-banded-d2-12x10', 'expected.json', value('columns', columns => columns.slice(1)), 'columns'],
]

test.each(ALTERED)('%s fails once its %s is altered', async (name, file, change, measure) => {
  const folder = await copyOf(name)
  await change(join(folder, file))
  const {measures, passed} = await runCase(folder, name, onnx)
  expect(passed).toBe(false)
  expect(measures.filter(it => !passes(it)).map(it => it.name)).toContain(measure)
})

const PLAIN = 'dy, grad.lora_A, grad.lora_B, merged, trainable.lora_A, trainable.lora_B, weight, x, y'

/** An adapter's case, one of its files, what to change there, and the message. */
const MISWRITTEN: readonly (readonly [name: string, file: string, change: Change, message: string])[] = [
  [
    'svf-square',
    'tensors.safetensors',
    renamed('frozen.u', 'frozen.U'),
    'frozen.u is missing; found: bias, dx, dy, frozen.U,',
  ],
  [
    'vera-r16',
    'tensors.safetensors',
    renamed('frozen.vera_A', 'frozen.A'),
    'frozen.vera_A is missing; found: bias, dx, dy,',
  ],
  [
    'boft-b1-m1',
    'tensors.safetensors',
    renamed('trainable.bias', 'frozen.bias'),
    'trainable.bias is missing; found: bias,',
  ],
  [
    'lora-r1-alpha8-wide',
    'tensors.safetensors',
    renamed('dx', 'dX'),
    `tensors.safetensors: dx is missing; found: dX, ${PLAIN}`,
  ],
  ['lora-r4', 'tensors.safetensors', renamed('trainable.lora_A', 'trainable.lora_a'), 'trainable.lora_A is missing'],
  [
    'lora-r4',
    'tensors.safetensors',
    renamed('grad.lora_A', 'grad.lora_a'),
    'trainable.lora_a is missing; found: bias,',
  ],
  [
    'lora-r4',
    'case.json',
    value('adapter', ({alpha: _, ...rest}) => rest),
    'lora gives NaN; settings that the case lacks: alpha, dropout',
  ],
  [
    'lora-r4',
    'case.json',
    value('adapter', ({rank: _, ...rest}) => rest),
    'lora gives NaN; settings that the case lacks: rank, dropout',
  ],
]

test.each(MISWRITTEN)('%s is refused if its %s is wrong, with what is missing', async (name, file, change, message) => {
  const folder = await copyOf(`adapters/${name}`)
  await change(join(folder, file))
  const {error, passed} = await runCase(folder, name, onnx)
  expect({error, passed}).toEqual({error: expect.stringContaining(message), passed: false})
})

test('the report names each failure with its reason, and counts', async () => {
  const root = await mkdtemp(join(scratch, 'report-'))
  await symlink(join(GOLDENS, 'schedules/linear-07-warmup0-total1-steps3'), join(root, 'good'))
  await cp(join(GOLDENS, 'pattern/00-plain-d0-7x9'), join(root, 'deep/er/wrong'), {recursive: true})
  await value('rows', rows => rows.with(0, 4))(join(root, 'deep/er/wrong/expected.json'))
  const bad = {
    kind: {kind: 'poem'},
    method: {kind: 'adapter', adapter: {method: 'svtf'}},
    model: {kind: 'model', task: 'causal-lm'},
    line: {kind: 'a\u001b[2Jb\nc'},
  }
  for (const [name, golden] of Object.entries(bad)) {
    await mkdir(join(root, name))
    await writeFile(join(root, name, 'case.json'), JSON.stringify(golden))
  }

  const built = Object.keys(METHODS).filter(name => METHODS_BY_NAME[name].build)
  const lines: string[] = []
  expect(await parity(root, {engine: onnx, print: line => lines.push(line)})).toBe(false)
  expect(lines.map(line => line.replace(/ {3}\d+\.\d s$/, ''))).toEqual([
    'FAIL  deep/er/wrong   rows 1 (tolerance 0, at number 0: 0, should be 4)  columns 0',
    'ok    good            lr 0',
    'FAIL  kind            unknown kind: poem; known: ' +
      'adapter, generation, image, init, metric, model, pattern, schedule, scorer, tokenizer, training',
    'FAIL  line            unknown kind: a\\u001b[2Jb\\nc; known: ' +
      'adapter, generation, image, init, metric, model, pattern, schedule, scorer, tokenizer, training',
    `FAIL  method          unknown adapter method: svtf; known: ${built.join(', ')}`,
    'FAIL  model           config.json is missing; a checkpoint has it next to its weights',
    '',
    'worst errors with the onnx engine',
    'a\\u001b[2Jb\\nc   0 of 1',
    'adapter          0 of 1',
    'model            0 of 1',
    'pattern          0 of 1     rows 1  columns 0',
    'poem             0 of 1',
    'schedule         1 of 1     lr 0',
    '',
    '1 passed, 5 failed',
  ])
})

test('a folder without cases does not pass', async () => {
  const lines: string[] = []
  const empty = await mkdtemp(join(scratch, 'empty-'))
  expect(await parity(empty, {engine: onnx, print: line => lines.push(line)})).toBe(false)
  expect(lines).toEqual(['0 passed, 0 failed'])
})

test('the script prints the count last, and exits with 0 only if all cases pass', async () => {
  const cwd = join(import.meta.dirname, '..')
  const good = await execa('tsx', ['scripts/parity.ts', join(GOLDENS, 'schedules'), '--engine', 'js'], {
    cwd,
    preferLocal: true,
  })
  expect(good).toMatchObject({exitCode: 0, stderr: ''})
  expect(good.stdout.split('\n').at(-1)).toBe('13 passed, 0 failed')
  const script = (...args: string[]) => compare(args, () => {})
  await expect(script(join(scratch, 'nowhere'))).rejects.toThrow('nowhere: no such file or folder')
  await expect(script()).rejects.toMatchObject({kind: 'usage'})
  await expect(script('.', '--engine', 'steam')).rejects.toThrow('unknown engine: steam; known: onnx, ')
})

type Change = (file: string) => Promise<void>

async function copyOf(name: string): Promise<string> {
  const folder = await mkdtemp(join(scratch, 'altered-'))
  await cp(join(GOLDENS, name), folder, {recursive: true})
  return folder
}

/** One number of a tensor becomes larger by half of the largest. */
function number(tensor: string): Change {
  return tensors(all => {
    const {data} = all[tensor]
    data[data.length - 1] += 0.5 * Math.max(...data.map(Math.abs))
    return all
  })
}

/** A tensor gets another name. */
function renamed(from: string, to: string): Change {
  return tensors(({[from]: tensor, ...others}) => ({...others, [to]: tensor}))
}

type Tensors = Awaited<ReturnType<typeof readTensors>>

function tensors(change: (all: Tensors) => Tensors): Change {
  return async file => {
    const all = change(await readTensors(file))
    await writeSafetensors(
      file,
      Object.fromEntries(
        Object.entries(all).map(([name, {shape, data}]) => [
          name,
          {dtype: data instanceof Int32Array ? 'int32' : 'float32', shape, data},
        ]),
      ),
    )
  }
}

/** The value under a key of a JSON file is changed. */
// biome-ignore lint/suspicious/noExplicitAny: each key's value is of its own type
function value(key: string, change: (value: any) => unknown): Change {
  return async file => {
    const whole = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(file, JSON.stringify({...whole, [key]: change(whole[key])}))
  }
}

/** What a micro-batch of a training counts for is changed. */
function weighting(to: Weighting): Change {
  return value('train', train => ({...train, epochs: {...train.epochs, weighting: to}}))
}

/** The first place where one text stands gets another. */
function text(from: string, to: string): Change {
  return async file => {
    const before = await readFile(file, 'utf8')
    expect(before).toContain(from)
    await writeFile(file, before.replace(from, to))
  }
}

test('a reader that closes the pipe ends the command quietly', async () => {
  const {exitCode, stderr} = await execa({
    shell: true,
    preferLocal: true,
  })`tsx scripts/parity.ts ${join(GOLDENS, 'adapters')} --engine js | head -n 1`
  expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''})
})
