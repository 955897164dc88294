import {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {hashed} from '../base/run-identity.ts'
import type {Named, Shape} from '../engine/program.ts'
import type {Adapter} from './adapter.ts'
import type {AdaptedModule} from './plan.ts'
import {match, targets} from './targets.ts'

/** The descriptor of a method. A new method is one descriptor and its line in the table of methods. */
export interface Method<Schema extends MethodSchema = MethodSchema, Settings = z.output<Schema>> {
  /** Its name in tables and figures. */
  readonly label: string
  /** Its colours and marker in figures; methods without one share a default. */
  readonly look?: MethodLook
  /** The block `adapter` of a recipe that chooses the method. */
  readonly schema: Schema
  /** The tensors that train: adapters on the targets, the layers that a task puts on top of a model, every tensor, or nothing. */
  readonly trains: 'adapters' | 'head' | 'everything' | 'nothing'
  /** Builds the adapter of the targets; settings that are not in the schema have defaults. Present if adapters train. */
  build?(settings: Settings): Adapter
  /** Formats the settings that distinguish two rows of the method: `banded d=8`, `r=8 α=16`. */
  settingsText?(settings: z.output<Schema>): string
  /**
   * Whether it starts from the singular value decomposition of each weight. Plans then count its frozen matrices as factors,
   * bfloat16 with engine openvino.
   */
  readonly factorizes?: boolean
  /** Values of settings that a row's label in the paper's tables leaves open, to count its parameters; for methods of these alone. */
  readonly counted?: Partial<Settings>
  /** Checks rules between keys of the block as written, where a key may be absent or of the wrong type. */
  rules?(written: Named<unknown>): Iterable<BrokenRule>
  /** Warns about settings that make little sense on these modules. */
  warnings?(settings: z.output<Schema>, modules: readonly AdaptedModule[]): readonly string[]
  /** Warns if a recipe's profile changes a setting that the recipe writes. */
  profileWarnings?(settings: z.output<Schema>, decided: ProfileChoice): readonly string[]
  readonly peft?: PeftForm<z.output<Schema>>
}

export type MethodSchema = z.ZodObject<{method: z.ZodLiteral<string>}>

/**
 * Colours after Okabe and Ito 2008, of 3 : 1 contrast at least to a light and a dark background; one of Vega's shapes.
 * `src/report/draw/look.test.ts` checks that viewers can tell the methods apart.
 */
export interface MethodLook {
  readonly light: string
  readonly dark: string
  readonly shape: string
  /** The dash of its first line, which is solid by default. */
  readonly dash?: readonly number[]
}

export interface BrokenRule {
  /** The key below `adapter` that breaks the rule. */
  readonly key: string
  readonly message: string
}

/** A recipe's profile, and whether it decides a key of `adapter`, because the recipe does not. */
export interface ProfileChoice {
  readonly profile: string
  decides(key: string): boolean
}

/** The format in which PEFT 0.21 writes an adapter. */
export interface PeftForm<Settings = unknown> {
  /** `peft_type`. */
  readonly type: string
  /** Whether the form is our own: PEFT does not know the method, or does not store the tensors that train. */
  readonly ours?: boolean
  /**
   * PEFT's name for each tensor below its module, by the tensor's name in files. Frozen tensors that have none here are not in
   * PEFT's file, and are computed from the model's weights.
   */
  readonly tensors: Named<string>
  /** The names of tensors that all modules share. */
  readonly shared?: readonly string[]
  /** PEFT's name for a setting, by a recipe's key, where the two differ. */
  readonly keys?: Named<string>
  /**
   * Returns the keys of adapter_config.json that are the method's own, or that replace those written for every method
   * (`target_modules`, `modules_to_save`, `bias`, …: `peftConfig`); undefined leaves a key out.
   *
   * @throws Fault 'usage' where PEFT has no such adapter, as for some methods on GPT-2's weights, (in, out): `transposed`
   */
  write(settings: Settings, context: PeftContext): Named<unknown>
  /** Returns the settings of an adapter of this type, with a recipe's keys; undefined where it is another method's. */
  read(json: Named<unknown>, tensors: readonly PeftTensor[]): Named<unknown> | undefined
  /** Returns settings of the adapter that no recipe has. */
  extra?(json: Named<unknown>): Named<unknown>
}

export interface PeftContext {
  readonly modules: readonly AdaptedModule[]
  /** Returns names that match these modules of the model and no others. */
  nameModules(modules: readonly AdaptedModule[]): readonly string[]
}

/** A tensor of an adapter's file, by its module's path and its own name there. */
export interface PeftTensor {
  readonly path: string
  readonly name: string
  readonly shape: Shape
}

/** @throws Fault 'usage' if a module's weight is stored as (in, out), for a method of which PEFT has no such adapter */
export function refuseTransposed(label: string, modules: readonly AdaptedModule[]): void {
  if (!modules.some(({transposed}) => transposed)) return
  const what = 'adapt layers whose weights are stored as (in, out)'
  throw new Fault('usage', `PEFT’s ${label} cannot ${what}; use svft merge`)
}

/** Checks the types of a descriptor against its own schema. */
export const defineMethod = <Schema extends MethodSchema, Settings>(
  method: Method<Schema, Settings>,
): Method<Schema, Settings> => method

/** The settings that mean the same whatever the method. */
export const SHARED_SETTINGS = {targets, match}

/** The block `adapter` of a recipe that chooses this method: its name and its settings, all part of a run's identity. */
export const methodSchema = <Name extends string, Settings extends z.core.$ZodLooseShape>(
  method: Name,
  description: string,
  settings: Settings,
) => z.strictObject(hashed({method: z.literal(method), ...settings})).describe(description)
