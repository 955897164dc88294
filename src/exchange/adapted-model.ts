import type {AdapterSettings} from '../adapters/index.ts'
import type {TrainedTensors} from '../adapters/merge.ts'
import type {ModelConfig} from '../models/config.ts'
import type {Model} from '../models/model.ts'
import type {Processor} from '../tasks/processor.ts'
import type {AnyTask} from '../tasks/task.ts'

/** The model of an adapter as PEFT names it: a repository of the hub and its revision, or a folder. */
export interface BaseModel {
  readonly name: string
  readonly revision?: string
}

/** The settings of a method that adapts target modules. */
export type TargetedSettings = Extract<AdapterSettings, {readonly targets: unknown}>

/** The settings at each adapted module, by its path, of an adapter of PEFT that does not have the same at all. */
export type SettingsAt = ReadonlyMap<string, TargetedSettings>

/** A model with its trained tensors: a finished run, or an adapter's folder with its base model. */
export interface AdaptedModel extends TrainedTensors {
  /** The folder with config.json and the tokenizer. */
  readonly folder: string
  /** The folder of a tokenizer that takes the place of the model's own. */
  readonly tokenizerFolder?: string | undefined
  readonly base: BaseModel
  readonly config: ModelConfig
  readonly model: Model
  /** How the images of a run were read. */
  readonly processor?: Processor | undefined
  readonly settings: AdapterSettings
  readonly settingsAt?: SettingsAt | undefined
  readonly task?: AnyTask
  /** The names of a classifier's classes by index; if absent, those of the original model apply. */
  readonly classes?: readonly string[] | undefined
  /** The id of a pad token that training added to the model. */
  readonly padToken?: number
  /** What was ignored in the original model or the adapter. */
  readonly warnings: readonly string[]
}
