import {z} from 'zod'
import {processorOf} from '../recipes/environment.ts'

const text = z.string().max(2000)

export const environmentSchema = z.object({
  node: text,
  onnxruntime: text,
  platform: text,
  cpu: text,
  simd: text,
  lapack: text,
  engine: text,
  engineVersion: text.optional(),
  threads: z.int().min(1),
})

/** The part of environment.json that a run's result depends on. Runs with equal environments agree bit for bit. */
export type ComputeEnvironment = Readonly<z.output<typeof environmentSchema>>

/** Describes how two environments differ, like `threads 2, not 1`. Returns undefined if they do not. */
export function environmentDifference(here: ComputeEnvironment, there: ComputeEnvironment): string | undefined {
  const [processor, other] = [processorOf(here), processorOf(there)]
  const processors = processor === other ? [] : [`processor ${processor}, not ${other}`]
  const keys = (Object.keys(here) as (keyof ComputeEnvironment)[]).filter(
    key => here[key] !== there[key] && !(processors.length > 0 && (key === 'cpu' || key === 'simd')),
  )
  const all = [...processors, ...keys.map(key => `${key} ${here[key]}, not ${there[key]}`)]
  return all.length === 0 ? undefined : all.join('; ')
}
