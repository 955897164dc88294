import type {PeftForm} from '../adapters/method.ts'
import {type AdapterPlan, parseFullName} from '../adapters/plan.ts'
import {type CheckpointLayout, checkpointName, newerName} from '../weights/names.ts'

// The names of tensors in an adapter's file of PEFT 0.21. A module's path is the checkpoint's own.

/** The meaning of a tensor of an adapter's file. */
export type PeftName =
  /** A tensor of an adapter at a module, by its name in our files, and the module's path as written. */
  | {readonly path: string; readonly writtenPath: string; readonly name: string}
  /** A tensor that all modules share. */
  | {readonly shared: string}
  /** A tensor of the model, trained whole. */
  | {readonly whole: string}
  /** The model's own weight at an adapted module, which PEFT saves beside adapters of a head. */
  | {readonly base: string}

/** Whether PEFT's file has a tensor of a plan. */
export function isStored(name: string, {frozen}: AdapterPlan, {tensors}: PeftForm): boolean {
  const own = parseFullName(name)
  return !own || !(name in frozen) || own.name in tensors
}

/** PEFT's name for a tensor of a plan: the adapter's, or one that trains whole. */
export function peftName(name: string, {modules, shared}: AdapterPlan, {tensors}: PeftForm): string {
  if (name in shared) return `base_model.${name.slice('shared.'.length)}`
  const own = parseFullName(name)
  if (own) return `${MODEL}${own.path}.${tensors[own.name]}`
  const owner = name.endsWith('.bias') ? name.slice(0, -'.bias'.length) : undefined
  return modules.some(module => module.path === owner) ? `${MODEL}${owner}.base_layer.bias` : MODEL + name
}

export interface PeftNaming {
  readonly form: PeftForm
  readonly model: CheckpointLayout
}

/**
 * PEFT's names for a tensor of a plan: also the name under newer versions of transformers, if they have another, because
 * PEFT 0.21 does not translate one to the other, and every version ignores names that its model does not have.
 */
export function peftNames(name: string, plan: AdapterPlan, {form, model}: PeftNaming): readonly string[] {
  const older = peftName(name, plan, form)
  if (form.ours || !older.startsWith(MODEL)) return [older]
  const newer = MODEL + newerName(older.slice(MODEL.length), model)
  return newer === older ? [older] : [older, newer]
}

/**
 * Parses the name of a tensor as any version of PEFT writes it; undefined if it is no such name. `forms` are those of the
 * file's `peft_type`.
 */
export function readPeftName(
  name: string,
  {forms, model}: {readonly forms: readonly PeftForm[]; readonly model: CheckpointLayout},
): PeftName | undefined {
  const shared = forms.flatMap(form => form.shared ?? []).find(shared => name === `base_model.${shared}`)
  if (shared !== undefined) return {shared}
  if (!name.startsWith(MODEL)) return undefined
  const plain = name.slice(MODEL.length).replace(/\.modules_to_save(\.default)?\./, '.')
  for (const [own, theirs] of forms.flatMap(({tensors}) => Object.entries(tensors))) {
    const end = [`.${theirs}`, `.${theirs}.weight`].find(end => plain.endsWith(end))
    if (!end) continue
    const writtenPath = plain.slice(0, -end.length)
    return {path: checkpointName(writtenPath, model), writtenPath, name: own}
  }
  const own = checkpointName(plain.replace(/\.base_layer\.(weight|bias)$/, '.$1'), model)
  return plain.endsWith('.base_layer.weight') ? {base: own} : {whole: own}
}

/** Returns the key under which a tensor of a file and the same tensor of a plan meet. */
export function keyOf(found: Exclude<PeftName, {readonly base: string}>): string {
  if ('path' in found) return adapterKey(found)
  return 'shared' in found ? `shared.${found.shared}` : found.whole
}

/** The key of a tensor of a plan. */
export function plannedKey(name: string): string {
  const own = parseFullName(name)
  return own ? adapterKey(own) : name
}

const adapterKey = ({path, name}: {readonly path: string; readonly name: string}) => `${path} ${name}`

const MODEL = 'base_model.model.'
