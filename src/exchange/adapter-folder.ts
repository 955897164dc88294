import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {buildAdapter} from '../adapters/index.ts'
import {type AdapterPlan, plan} from '../adapters/plan.ts'
import {Fault, prefixFaults} from '../base/fault.ts'
import {ioFault} from '../base/io-fault.ts'
import {parseObject, shown} from '../base/json.ts'
import {publishFolder} from '../base/published-folder.ts'
import {readWhole} from '../base/read-file.ts'
import {equalShapes, type Named, type Shape, type Stored} from '../engine/program.ts'
import type {ModelConfig} from '../models/config.ts'
import type {Model} from '../models/model.ts'
import {openModel} from '../models/open-model.ts'
import {openEngine} from '../recipes/engine.ts'
import type {AdapterSettings} from '../recipes/file/schema.ts'
import {checkTensors, openCheckpoint} from '../weights/checkpoint.ts'
import {readSafetensors, readTensor, type Writable, writeSafetensors} from '../weights/safetensors.ts'
import {readTorch} from '../weights/torch.ts'
import {writeJson} from '../weights/write-checkpoint.ts'
import type {Adapted} from './adapted.ts'
import {blocksOf, peftConfig, settingsOf} from './peft-config.ts'
import {bothNames, meantBy, type PeftName, peftName} from './peft-names.ts'

export const ADAPTER_CONFIG = 'adapter_config.json'
const TENSORS = 'adapter_model.safetensors'

/** Writes an adapter by itself as the folder `out`, whole or not at all: what PEFT's save_pretrained writes. */
export async function writeAdapter(adapted: Adapted, out: string): Promise<void> {
  const {folder, model, settings, plan, trained} = adapted
  const json = peftConfig(settings, {plan, model, base: folder})
  const namesOf = settings.method === 'svft' ? (name: string) => [peftName(name, plan)] : bothNames(plan)
  const tensors = Object.entries(trained).flatMap(([name, stored]) => {
    const dtype = stored.dtype === 'int32' ? 'int32' : 'float32'
    const tensor: Writable = {dtype, shape: stored.shape, data: () => readTensor(stored)}
    return namesOf(name).map((called): [string, Writable] => [called, tensor])
  })
  await publishFolder(out, async temporary => {
    await writeSafetensors(join(temporary, TENSORS), Object.fromEntries(tensors), {metadata: {format: 'pt'}})
    await writeJson(join(temporary, ADAPTER_CONFIG), json)
  })
}

/** Opens an adapter's folder, of PEFT's or of `writeAdapter`, on the model in the folder `base`. */
export async function openAdapter(path: string, base?: string): Promise<Adapted> {
  const json = parseObject(await readWhole(join(path, ADAPTER_CONFIG)), join(path, ADAPTER_CONFIG))
  const folder = base ?? (await localBase(path, json.base_model_name_or_path))
  const checkpoint = await openCheckpoint(folder)
  const {config} = checkpoint
  const stored = await prefixFaults(path, () => readMeanings(path))
  const model = await prefixFaults(folder, () => openModelWith(config, stored))
  const {settings, plan, trained} = await prefixFaults(path, () => readAdapter(stored, {json, shapes: model.shapes}))
  const tensors = checkTensors(checkpoint, model.shapes, {fresh: plan.whole})
  const engine = await openEngine({engine: 'onnx'})
  return {folder, config, model, settings, plan, tensors, trained, engine}
}

async function localBase(path: string, named: unknown): Promise<string> {
  const found = typeof named === 'string' && (await readdir(named).catch(() => undefined))
  if (found) return named
  const said = typeof named === 'string' ? `, which is no folder here: ${shown(named)}` : ''
  throw new Fault('usage', `${path}: say with --base which model it belongs to${said}`)
}

type Json = Readonly<Record<string, unknown>>

interface ReadAdapter {
  readonly settings: AdapterSettings
  readonly plan: AdapterPlan
  readonly trained: Named<Stored>
}

/** What an adapter's file holds, by meaning: `<path> <part>` at a module, else the name that the plan has for it. */
interface Meanings {
  readonly found: Named<Stored>
  readonly paths: readonly string[]
  readonly whole: readonly string[]
}

async function readMeanings(folder: string): Promise<Meanings> {
  const found: Record<string, Stored> = Object.create(null)
  const paths = new Set<string>()
  const whole: string[] = []
  for (const [name, tensor] of Object.entries(await readTensors(folder))) {
    const meant = meantBy(name)
    if (!meant) throw new Fault('input', `not a tensor of an adapter: ${shown(name)}`)
    if ('path' in meant) paths.add(meant.path)
    else if ('whole' in meant && !whole.includes(meant.whole)) whole.push(meant.whole)
    const key = keyOf(meant)
    const other = found[key]
    if (other && !(await isEqual(other, tensor))) {
      throw new Fault('input', `two tensors of one meaning: ${shown(name)}`)
    }
    found[key] = tensor
  }
  return {found, paths: [...paths], whole}
}

/** Whether a tensor is another one's copy, as under the two names of ViT's modules. */
async function isEqual(a: Stored, b: Stored): Promise<boolean> {
  return equalShapes(a.shape, b.shape) && isDeepStrictEqual(await readTensor(a), await readTensor(b))
}

/** The model with as many labels as the adapter's own head has. */
function openModelWith(config: ModelConfig, {found}: Meanings): Model {
  const model = openModel(config)
  const head = 'head' in model ? model.head.paths.at(-1) : undefined
  const labels = head === undefined ? undefined : found[`${head}.weight`]?.shape[0]
  return labels === undefined ? model : openModel(config, {labels})
}

/** The adapter's tensors by the plan's names; where they sit follows from what they are called. */
function readAdapter(
  {found, paths, whole}: Meanings,
  {json, shapes}: {readonly json: Json; readonly shapes: Named<Shape>},
): ReadAdapter {
  const lost = [...paths.map(path => `${path}.weight`), ...whole].find(name => !Object.hasOwn(shapes, name))
  if (lost !== undefined) throw new Fault('input', `adapts what the model does not have: ${shown(lost)}`)

  const settings = settingsOf(withSizes(json, found), paths)
  const planned = plan(shapes, {adapter: adapterOf(settings, blocksOf(json)), targets: paths, whole})
  const trained: Record<string, Stored> = {}
  const left = new Set(Object.keys(found))
  const wanted = {...planned.shared, ...frozenShapes(planned), ...planned.trainable}
  for (const [name, shape] of Object.entries(wanted)) {
    const key = keyOf(meantBy(peftName(name, planned))!)
    const tensor = found[key]
    if (!tensor) throw new Fault('input', `lacks a tensor: ${peftName(name, planned)}`)
    const fits = name in planned.shared ? covers(tensor.shape, shape) : equalShapes(tensor.shape, shape)
    if (!fits) {
      const sizes = `is (${tensor.shape.join(', ')}), should be (${shape.join(', ')})`
      throw new Fault('input', `${peftName(name, planned)} ${sizes}`)
    }
    trained[name] = tensor
    left.delete(key)
  }
  const [stranger] = left
  if (stranger !== undefined)
    throw new Fault('input', `has a tensor that ${settings.method} does not: ${shown(stranger)}`)
  return {settings, plan: planned, trained}
}

async function readTensors(folder: string): Promise<Record<string, Stored>> {
  const names = await readdir(folder).catch(error => Promise.reject(ioFault(folder, error)))
  if (names.includes(TENSORS)) return readSafetensors(join(folder, TENSORS))
  if (names.includes('adapter_model.bin')) return readTorch(join(folder, 'adapter_model.bin'))
  throw new Fault('input', `no weights here, neither ${TENSORS} nor adapter_model.bin`)
}

function adapterOf(settings: AdapterSettings, blocks: number | undefined) {
  if (settings.method === 'none') throw new Fault('input', 'an adapter of no method')
  return buildAdapter(settings.method === 'boft' && blocks ? {...settings, blocks} : settings)
}

/** Of BOFT the tensors tell b and m, its config what was asked for: PEFT takes m for 1 where it has no CUDA. */
function withSizes(json: Json, found: Named<Stored>): Json {
  const R = Object.keys(found).find(name => name.endsWith(' boft_R'))
  const [m, , b] = R === undefined ? [] : found[R].shape
  return m === undefined || b === undefined ? json : {...json, boft_n_butterfly_factor: m, boft_block_size: b}
}

const frozenShapes = ({modules}: AdapterPlan) =>
  Object.fromEntries(
    modules.flatMap(({path, frozen}) =>
      Object.entries(frozen).map(([name, shape]) => [`${path}.frozen.${name}`, shape] as const),
    ),
  )

const keyOf = (meant: PeftName) =>
  'path' in meant ? `${meant.path} ${meant.part}` : 'shared' in meant ? meant.shared : meant.whole

const covers = (found: Shape, wanted: Shape) =>
  found.length === wanted.length && found.every((size, axis) => size >= wanted[axis])
