import type {z} from 'zod'
import type {Named, Shape} from '../engine/program.ts'
import type {Adapter} from './adapter.ts'
import type {AdaptedModule} from './plan.ts'

/** All that the program knows of a method: a new one is one of these, and its line in the table of methods. */
export interface Method<Schema extends MethodSchema = MethodSchema, Settings = z.output<Schema>> {
  /** What tables and figures call it. */
  readonly label: string
  /** How figures draw it; without it, as all other methods. */
  readonly look?: MethodLook
  /** The block `adapter` of a recipe that chooses it. */
  readonly schema: Schema
  /** What of a model trains: adapters on the targets, the layers that a task puts on top, every tensor, or nothing. */
  readonly trains: 'adapters' | 'head' | 'everything' | 'nothing'
  /** Its settings that are not in its schema have defaults. Absent where nothing trains. */
  build?(settings: Settings): Adapter
  /** What distinguishes two rows of the method, for people: `banded d=8`, `r=8 α=16`. */
  settingsText?(settings: z.output<Schema>): string
  /** It starts from the singular value decomposition of each weight. */
  readonly factorizes?: boolean
  /** Settings that complete what the label of a row of the paper says, to count its parameters. */
  readonly counted?: Partial<Settings>
  /** Rules between its keys in a recipe, which is as written: a key may be absent or of the wrong type. */
  rules?(written: Named<unknown>): Iterable<BrokenRule>
  /** Warns of settings that make little sense on these modules. */
  warnings?(settings: z.output<Schema>, modules: readonly AdaptedModule[]): readonly string[]
  /** Warns where a recipe's profile changes what the recipe writes. */
  profileWarnings?(settings: z.output<Schema>, decided: ProfileChoice): readonly string[]
  readonly peft?: PeftForm<z.output<Schema>>
}

export type MethodSchema = z.ZodObject<{method: z.ZodLiteral<string>}>

/** Colours after Okabe and Ito 2008, of 3 : 1 contrast at least to a light and a dark background; one of Vega's shapes. */
export interface MethodLook {
  readonly light: string
  readonly dark: string
  readonly shape: string
}

export interface BrokenRule {
  /** The key below `adapter` where a recipe breaks the rule. */
  readonly key: string
  readonly message: string
}

/** A recipe's profile, and whether the recipe leaves a key of `adapter` for it to decide. */
export interface ProfileChoice {
  readonly profile: string
  decides(key: string): boolean
}

/** How PEFT 0.21 writes an adapter. */
export interface PeftForm<Settings = unknown> {
  /** `peft_type`. */
  readonly type: string
  /** A form of our own, of a method that PEFT does not know. */
  readonly ours?: boolean
  /** PEFT's name for each tensor below its module, by the name that files have for it. */
  readonly tensors: Named<string>
  /** The names of tensors that all modules share. */
  readonly shared?: readonly string[]
  /**
   * The keys of adapter_config.json that are the method's own, or that it has in another way than other methods.
   *
   * @throws Fault 'usage' where PEFT has no such adapter
   */
  write(settings: Settings, context: PeftContext): Named<unknown>
  /** The settings of an adapter of this type, in a recipe's words; undefined where it is another method's. */
  read(json: Named<unknown>, tensors: readonly PeftTensor[]): Named<unknown> | undefined
  /** Settings that no recipe has. */
  extra?(json: Named<unknown>): Named<unknown>
}

export interface PeftContext {
  readonly modules: readonly AdaptedModule[]
  /** Names that mean these modules of the model and no others. */
  nameModules(modules: readonly AdaptedModule[]): readonly string[]
}

/** A tensor of an adapter's file, by the name that files have for it. */
export interface PeftTensor {
  readonly path: string
  readonly name: string
  readonly shape: Shape
}

/** A descriptor, checked against its own schema. */
export const defineMethod = <Schema extends MethodSchema, Settings>(
  method: Method<Schema, Settings>,
): Method<Schema, Settings> => method
