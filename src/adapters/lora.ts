import {z} from 'zod'
import {atLeast, share} from '../base/number-schemas.ts'
import {type Named, size} from '../engine/program.ts'
import type {Random} from '../tensor/random.ts'
import {tf} from '../tensor/tf.ts'
import {type Adapter, float} from './adapter.ts'
import {dropEntries, entryDropout} from './dropout.ts'
import {defineMethod, methodSchema, type PeftContext, type PeftForm} from './method.ts'
import type {AdaptedModule} from './plan.ts'
import {match, targets} from './targets.ts'

/**
 * LoRA, Hu et al. 2021. W′ = W + (α/r) B A; A (r, in) and B (out, r) train.
 * A starts uniform in ±1/√in, B at 0, so W′ starts as W.
 */
export const lora = defineMethod({
  label: 'LoRA',
  look: {light: '#0069a8', dark: '#4aa8f0', shape: 'square'},
  trains: 'adapters',
  schema: methodSchema('lora', 'W + (α / r) B A', {
    rank: atLeast(1).describe('r: rank of B A'),
    alpha: z.number().positive().describe('α: B A is scaled by α / r; default: set by the profile'),
    dropout: share.default(0).describe('share of the inputs of B A that are zeroed while training'),
    targets,
    match,
  }),
  build: buildLora,
  settingsText: rankText,
  warnings: rankWarnings,
  counted: {rank: 1, alpha: 1},
  peft: loraForm('lora'),
})

export interface LoraSettings {
  readonly rank: number
  readonly alpha: number
}

export function buildLora({rank, alpha}: LoraSettings): Adapter<never, 'lora_A' | 'lora_B'> {
  const scale = alpha / rank
  return {
    shapes: ([out, into]) => ({frozen: {}, trainable: {lora_A: float(rank, into), lora_B: float(out, rank)}}),
    async init({shape: [out, into]}, random) {
      return {frozen: {}, trainable: {lora_A: drawA([rank, into], random), lora_B: new Float32Array(size([out, rank]))}}
    },
    forward(x, at, pass) {
      const down = tf.matMul(dropEntries(x, pass), at.lora_A, false, true) // (N, r)
      const up = tf.matMul(tf.mul(down, scale), at.lora_B, false, true) // (N, out)
      return tf.add(tf.matMul(x, at.weight, false, true), up)
    },
    merge: at => tf.add(at.weight, tf.mul(tf.matMul(at.lora_B, at.lora_A), scale)),
    dropout: entryDropout,
  }
}

/** Formats the settings that LoRA and its variants have in common. */
export function rankText({rank, alpha}: LoraSettings): string {
  return `r=${rank} α=${alpha}`
}

/** Warns of a rank that is higher than any update of a weight can have, with the smallest such weight. PEFT accepts it as well. */
export function rankWarnings({rank}: LoraSettings, modules: readonly AdaptedModule[]): readonly string[] {
  const most = Math.min(...modules.map(({weight}) => Math.min(...weight)))
  const smallest = modules.find(({weight}) => Math.min(...weight) === most)
  if (!smallest || rank <= most) return []
  const of = `${smallest.path} (${smallest.weight.join(' × ')})`
  return [
    `adapter.rank: ${rank} exceeds ${most}, the highest rank that BA can have for ${of}; the excess adds parameters only`,
  ]
}

/** A's initial values: kaiming uniform with a = √5, which is uniform in ±1/√in. */
function drawA([rank, into]: readonly [rank: number, into: number], random: Random): Float32Array {
  const draw = random.fork('lora_A')
  const bound = 1 / Math.sqrt(into)
  return Float32Array.from({length: size([rank, into])}, () => bound * (2 * draw.uniform() - 1))
}

interface LoraFormOptions<Settings> {
  /** PEFT's names for tensors besides A and B. */
  readonly tensors?: Named<string>
  /** Returns keys of adapter_config.json besides LoRA's. */
  readonly write?: (settings: Settings, context: PeftContext) => Named<unknown>
  /** Returns settings besides LoRA's. */
  readonly read?: (json: Named<unknown>) => Named<unknown>
}

/** PEFT's form of LoRA or, with more tensors and keys, of a method that PEFT calls a variant of LoRA. */
export function loraForm<Settings extends LoraSettings & {readonly dropout: number}>(
  method: LoraVariant,
  {tensors = {}, write, read}: LoraFormOptions<Settings> = {},
): PeftForm<Settings> {
  return {
    type: 'LORA',
    tensors: {lora_A: 'lora_A.weight', lora_B: 'lora_B.weight', ...tensors},
    keys: {rank: 'r', alpha: 'lora_alpha', dropout: 'lora_dropout'},
    write: (settings, context) => ({
      r: settings.rank,
      lora_alpha: settings.alpha,
      lora_dropout: settings.dropout,
      use_dora: method === 'dora',
      use_rslora: false,
      fan_in_fan_out: context.modules.some(({transposed}) => transposed),
      init_lora_weights: method === 'pissa' ? 'pissa' : true,
      ...write?.(settings, context),
    }),
    read(json) {
      if (variantOf(json) !== method) return undefined
      const {r, lora_alpha: alpha = 8, lora_dropout: dropout = 0, use_rslora} = json
      const scaled = use_rslora ? Number(alpha) * Math.sqrt(Number(r)) : alpha
      return {method, rank: r, alpha: scaled, dropout, ...read?.(json)}
    },
  }
}

type LoraVariant = 'lora' | 'dora' | 'pissa' | 'kasa'

function variantOf({use_dora, kasa_config, init_lora_weights}: Named<unknown>): LoraVariant {
  if (use_dora) return 'dora'
  if (kasa_config) return 'kasa'
  return init_lora_weights === 'pissa' ? 'pissa' : 'lora'
}
