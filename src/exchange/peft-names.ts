import type {AdapterPlan} from '../adapters/plan.ts'
import {checkpointName, newerName} from '../weights/names.ts'

// How PEFT 0.21 calls the tensors of an adapter's file. A module's path is the checkpoint's own.

/** What a name in an adapter's file stands for. */
export type PeftName =
  /** A tensor of an adapter at a module: `lora_A`, or of SVFT `svft_s`. */
  | {readonly path: string; readonly part: string}
  /** A tensor that all modules share. */
  | {readonly shared: string}
  /** A tensor of the model, trained whole. */
  | {readonly whole: string}

/** PEFT's name for a tensor of a plan: the adapter's, or one that trains whole. */
export function peftName(name: string, {modules, shared}: AdapterPlan): string {
  if (name in shared) return `base_model.${name.slice('shared.'.length)}`
  const [, path, part] = /^(.+)\.(?:frozen|trainable)\.([^.]+)$/.exec(name) ?? []
  if (part !== undefined) return `${MODEL}${path}.${partName(part)}`
  const owner = name.endsWith('.bias') ? name.slice(0, -'.bias'.length) : undefined
  return modules.some(module => module.path === owner) ? `${MODEL}${owner}.base_layer.bias` : MODEL + name
}

/**
 * PEFT's name for a tensor of a plan, and beside it, in ViT, the name under transformers since 5.24: PEFT 0.21 does not
 * translate one to the other, and every version ignores the names that its model does not have.
 */
export const bothNames =
  (plan: AdapterPlan) =>
  (name: string): readonly string[] => {
    const older = peftName(name, plan)
    const newer = older.startsWith(MODEL) ? MODEL + newerName(older.slice(MODEL.length)) : older
    return newer === older ? [older] : [older, newer]
  }

/** What PEFT means by a name, in the forms that its versions have written; undefined if it is none of them. */
export function meantBy(name: string): PeftName | undefined {
  const [, shared] = /^base_model\.(vera_[AB])$/.exec(name) ?? []
  if (shared !== undefined) return {shared}
  if (!name.startsWith(MODEL)) return undefined
  const plain = name.slice(MODEL.length).replace(/\.modules_to_save(\.default)?\./, '.')
  const [, path, part] = PART.exec(plain) ?? []
  if (part !== undefined) return {path: checkpointName(path), part}
  return {whole: checkpointName(plain.replace(/\.base_layer\.bias$/, '.bias'))}
}

const MODEL = 'base_model.model.'
const PART =
  /^(.+)\.(lora_[AB](?=\.weight$)|lora_magnitude_vector|vera_lambda_[bd]|boft_[Rs]|svft_(?:u|s_pre|v|s_row|s_col|s|gate))(?:\.weight)?$/

/** LoRA's matrices are layers of their own in PEFT; SVFT has names like others', and gets a prefix. */
function partName(part: string): string {
  if (part === 'lora_A' || part === 'lora_B') return `${part}.weight`
  return /^(lora|vera|boft)_/.test(part) ? part : `svft_${part}`
}
