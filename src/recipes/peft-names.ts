import type {Plan} from '../adapters/plan.ts'

// How PEFT 0.21 calls the tensors of an adapter's file. A module's path is the checkpoint's own.

/** What a name in an adapter's file stands for. */
export type Meant =
  /** A tensor of an adapter at a module: `lora_A`, or of SVFT `svft_s`. */
  | {readonly path: string; readonly part: string}
  /** A tensor that all modules share. */
  | {readonly shared: string}
  /** A tensor of the model, trained whole. */
  | {readonly whole: string}

/** PEFT's name for a tensor of a plan: the adapter's, or one that trains whole. */
export function peftName(name: string, {modules, shared}: Plan): string {
  if (name in shared) return `base_model.${name.slice('shared.'.length)}`
  const [, path, part] = /^(.+)\.(?:frozen|trainable)\.([^.]+)$/.exec(name) ?? []
  if (part !== undefined) return `${MODEL}${path}.${partName(part)}`
  const owner = name.endsWith('.bias') ? name.slice(0, -'.bias'.length) : undefined
  return modules.some(module => module.path === owner) ? `${MODEL}${owner}.base_layer.bias` : MODEL + name
}

/** What PEFT means by a name, in the forms that its versions have written; undefined if it is none of them. */
export function meantBy(name: string): Meant | undefined {
  const [, shared] = /^base_model\.(vera_[AB])$/.exec(name) ?? []
  if (shared !== undefined) return {shared}
  if (!name.startsWith(MODEL)) return undefined
  const plain = name.slice(MODEL.length).replace(/\.modules_to_save(\.default)?\./, '.')
  const [, path, part] = PART.exec(plain) ?? []
  if (part !== undefined) return {path, part}
  return {whole: plain.replace(/\.base_layer\.bias$/, '.bias')}
}

const MODEL = 'base_model.model.'
const PART =
  /^(.+)\.(lora_[AB](?=\.weight$)|lora_magnitude_vector|vera_lambda_[bd]|boft_[Rs]|svft_(?:u|s_pre|v|s_row|s_col|s|gate))(?:\.weight)?$/

/** LoRA's matrices are layers of their own in PEFT; SVFT has names like others', and gets a prefix. */
function partName(part: string): string {
  if (part === 'lora_A' || part === 'lora_B') return `${part}.weight`
  return /^(lora|vera|boft)_/.test(part) ? part : `svft_${part}`
}
