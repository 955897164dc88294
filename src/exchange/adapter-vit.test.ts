import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, expect, test} from 'vitest'
import {relativeError} from '../../test/models/adapters.ts'
import {VIT} from '../../test/models/classifiers.ts'
import {attached} from '../adapters/attach.ts'
import {buildAdapter} from '../adapters/index.ts'
import {plan} from '../adapters/plan.ts'
import type {Named, Stored} from '../engine/program.ts'
import {scope} from '../models/layers/scope.ts'
import {modelFor, openModel} from '../models/open-model.ts'
import {checkTensors, openCheckpoint} from '../weights/checkpoint.ts'
import {checkpointName} from '../weights/names.ts'
import {readSafetensors, readTensor, type Writable, writeSafetensors} from '../weights/safetensors.ts'
import type {AdaptedModel} from './adapted-model.ts'
import {writeMerged} from './merge-model.ts'
import {openAdapter} from './open-adapter.ts'
import {peftConfig} from './peft-config.ts'
import {writeAdapter} from './write-adapter.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const PEFT = join(REPOSITORY, 'test/fixtures/peft-vit')
const {base, logits: THEIRS} = JSON.parse(readFileSync(join(PEFT, 'expected.json'), 'utf8'))
const BASE = join(REPOSITORY, base)
const folder = mkdtempSync(join(tmpdir(), 'svft-'))
afterAll(() => rmSync(folder, {recursive: true}))

/** The logits of the first image of the case, the adapters beside the weights or `merged` into them. */
async function logits(
  {model, engine, plan, tensors, trained}: AdaptedModel,
  merged?: Named<Stored>,
): Promise<Float32Array> {
  const images = modelFor('image-classification', model, 'this test')
  const pixels = await readTensor((await readSafetensors(join(BASE, 'inputs.safetensors'))).pixel_values)
  const shape = [1, ...images.image] as const
  const adapted = merged ? {} : {adapted: attached(plan)}
  const program = await engine.compile(
    ({pixels}, tensors) => ({logits: images.build(scope({tensors, trainable: [], ...adapted})).logits(pixels)}),
    {inputs: {pixels: {dtype: 'float32', shape}}, weights: merged ?? {...tensors, ...trained}},
  )
  const found = await program.run({
    pixels: (pixels as Float32Array).slice(
      0,
      shape.reduce((a, b) => a * b),
    ),
  })
  await program.dispose()
  return found.logits as Float32Array
}

test.each(Object.keys(THEIRS))(
  'an adapter of ViT that PEFT wrote gives the logits that PEFT computed: %s',
  async name => {
    const opened = await openAdapter(join(PEFT, name), BASE)
    expect(relativeError(await logits(opened), Float32Array.from(THEIRS[name]))).toBeLessThan(1e-5)
    await writeMerged(opened, join(folder, name))
    const {tensors} = await openCheckpoint(join(folder, name))
    expect(Object.keys(tensors)).toContain('vit.encoder.layer.0.attention.attention.query.weight')
    const merged = checkTensors(await openCheckpoint(join(folder, name)), opened.model)
    expect(relativeError(await logits(opened, merged), Float32Array.from(THEIRS[name]))).toBeLessThan(1e-5)
  },
)

test.each([
  ['lora', ['query', 'key', 'value', 'dense', 'q_proj', 'k_proj', 'v_proj', 'o_proj', 'fc1', 'fc2'], true],
  ['vera', ['query', 'value', 'q_proj', 'v_proj'], true],
  ['boft', ['value', 'v_proj'], false],
])(
  "%s is written with the checkpoint's names and transformers' newer ones, and targets the modules of either version",
  async (method, targets, hasOlder) => {
    const out = join(folder, `${method}-again`)
    await writeAdapter(await openAdapter(join(PEFT, `${method}-5.24`), BASE), out)
    const names = async (at: string) => Object.keys(await readSafetensors(join(at, 'adapter_model.safetensors'))).sort()
    const newer = await names(join(PEFT, `${method}-5.24`))
    const older = newer.map(
      name => `base_model.model.${checkpointName(name.replace('base_model.model.', ''), openModel(VIT))}`,
    )
    const expected = newer.map((name, i) => (name.startsWith('base_model.model.') ? older[i] : name))
    if (hasOlder) expect(expected.toSorted()).toEqual(await names(join(PEFT, `${method}-4.46`)))
    expect(await names(out)).toEqual([...new Set([...expected, ...newer])].sort())
    const {target_modules} = JSON.parse(readFileSync(join(out, 'adapter_config.json'), 'utf8'))
    expect(target_modules).toEqual(targets)
    const again = await openAdapter(out, BASE)
    expect(relativeError(await logits(again), Float32Array.from(THEIRS[`${method}-5.24`]))).toBeLessThan(1e-5)
  },
)

test('the head of an adapter takes the place of one with other labels in the checkpoint', async () => {
  const other = join(folder, 'other-labels')
  cpSync(BASE, other, {recursive: true})
  const {tensors} = await openCheckpoint(BASE)
  const written: Record<string, Writable> = {}
  for (const [name, {shape}] of Object.entries(tensors)) {
    const data = await readTensor(tensors[name])
    const [labels, ...rest] = shape
    written[name] = name.startsWith('classifier.')
      ? {dtype: 'float32', shape: [labels - 1, ...rest], data: data.subarray(data.length / labels) as Float32Array}
      : {dtype: 'float32', shape, data: data as Float32Array}
  }
  await writeSafetensors(join(other, 'model.safetensors'), written)
  const json = JSON.parse(readFileSync(join(other, 'config.json'), 'utf8'))
  const labels = written['classifier.weight'].shape[0]
  const id2label = Object.fromEntries(Array.from({length: labels}, (_, i) => [i, `LABEL_${i}`]))
  writeFileSync(join(other, 'config.json'), JSON.stringify({...json, id2label, label2id: undefined}))
  const opened = await openAdapter(join(PEFT, 'lora-5.24'), other)
  expect(relativeError(await logits(opened), Float32Array.from(THEIRS['lora-5.24']))).toBeLessThan(1e-5)
})

test('the patterns of an adapter match the names in its file, not those of the checkpoint', async () => {
  const settingsWith = async (fixture: string, alpha_pattern: Named<number>) => {
    const at = join(folder, `${fixture}-patterns`)
    cpSync(join(PEFT, fixture), at, {recursive: true})
    const file = join(at, 'adapter_config.json')
    writeFileSync(file, JSON.stringify({...JSON.parse(readFileSync(file, 'utf8')), alpha_pattern}))
    const {settingsAt = new Map(), warnings} = await openAdapter(at, BASE)
    return {
      alphas: new Set([...settingsAt].map(([path, {alpha}]) => `${path.replaceAll(/.*\./g, '')} ${alpha}`)),
      warnings,
    }
  }
  const newer = await settingsWith('lora-5.24', {q_proj: 5, 'attention.query': 7})
  expect(newer.alphas).toContain('query 5')
  expect(newer.alphas).toContain('key 2')
  expect(newer.warnings).toEqual([
    expect.stringMatching(/: alpha_pattern: "attention\.query" matches no adapted module$/),
  ])
  const older = await settingsWith('lora-4.46', {q_proj: 5, 'attention.query': 7})
  expect(older.alphas).toContain('query 7')
  expect(older.warnings).toEqual([expect.stringMatching(/: alpha_pattern: "q_proj" matches no adapted module$/)])
})

test("the base model's bias beside a trained head, as PEFT saves it with bias: all, is not read", async () => {
  const at = join(folder, 'original')
  cpSync(join(PEFT, 'lora-5.24'), at, {recursive: true})
  const file = join(at, 'adapter_model.safetensors')
  const tensors: Record<string, Writable> = {}
  for (const [name, {shape, ...stored}] of Object.entries(await readSafetensors(file)))
    tensors[name] = {dtype: 'float32', shape, data: await readTensor({shape, ...stored})}
  const {shape} = tensors['base_model.model.classifier.bias']
  const data = new Float32Array(shape[0])
  tensors['base_model.model.classifier.original_module.bias'] = {dtype: 'float32', shape, data}
  await writeSafetensors(file, tensors)
  const [found, expected] = [await openAdapter(at, BASE), await openAdapter(join(PEFT, 'lora-5.24'), BASE)]
  expect(await readTensor(found.trained['classifier.bias'])).toEqual(
    await readTensor(expected.trained['classifier.bias']),
  )
})

test('trained biases that PEFT did not save are warned of', async () => {
  const at = join(folder, 'lost-biases')
  cpSync(join(PEFT, 'lora-5.24'), at, {recursive: true})
  const file = join(at, 'adapter_config.json')
  const warningsWith = async (bias: string) => {
    writeFileSync(file, JSON.stringify({...JSON.parse(readFileSync(file, 'utf8')), bias}))
    return (await openAdapter(at, BASE)).warnings
  }
  const first = 'vit.encoder.layer.0.attention.attention.query.bias'
  for (const bias of ['lora_only', 'all'])
    expect(await warningsWith(bias)).toEqual([
      expect.stringMatching(
        `lost-biases: trained biases \\(bias: "${bias}"\\) are missing, .*: ${first}, .* and \\d+ more;`,
      ),
    ])
  expect(await warningsWith('none')).toEqual([])
})

test('a tensor whose two names have different values is refused', async () => {
  const at = join(folder, 'torn')
  await writeAdapter(await openAdapter(join(PEFT, 'lora-5.24'), BASE), at)
  const file = join(at, 'adapter_model.safetensors')
  const bytes = readFileSync(file)
  bytes[bytes.length - 1] ^= 1
  writeFileSync(file, bytes)
  await expect(openAdapter(at, BASE)).rejects.toThrow(/torn: two different tensors with the same meaning: /)
})

test("where a name's end is ambiguous, whole paths of either version are targets", () => {
  const model = openModel(VIT)
  const targets = ['0.output.dense']
  const adapter = {method: 'lora' as const, rank: 1, alpha: 1, dropout: 0, targets, match: 'suffix' as const}
  const planned = plan(model, {adapter: buildAdapter(adapter), targets})
  expect(peftConfig(adapter, {plan: planned, model, base: {name: 'vit'}})).toMatchObject({
    target_modules: ['vit.encoder.layer.0.output.dense', 'vit.layers.0.mlp.fc2'],
  })
})

test('an adapter of a convolution is refused', async () => {
  const at = join(folder, 'convolution')
  cpSync(join(PEFT, 'lora-5.24'), at, {recursive: true})
  const path = 'base_model.model.vit.embeddings.patch_embeddings.projection'
  const zeros = (shape: readonly number[]): Writable => ({dtype: 'float32', shape, data: new Float32Array(4)})
  await writeSafetensors(join(at, 'adapter_model.safetensors'), {
    [`${path}.lora_A.weight`]: zeros([1, 4]),
    [`${path}.lora_B.weight`]: zeros([4, 1]),
  })
  const message = /convolution: adapters are supported on matrices, not on vit\S+projection, whose weight is \(\d+, 3, /
  await expect(openAdapter(at, BASE)).rejects.toMatchObject({kind: 'input', message: expect.stringMatching(message)})
})
