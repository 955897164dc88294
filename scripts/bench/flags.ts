import {Fault} from '../../src/base/fault.ts'

/** Parses a flag as an integer of at least `least`. */
export function count(flag: string, value: string, least?: number): number
export function count(flag: string, value: string | undefined, least?: number): number | undefined
export function count(flag: string, value: string | undefined, least = 1): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+$/.test(value) && Number(value) >= least) return Number(value)
  throw new Fault('usage', `--${flag} takes an integer from ${least} on: ${value}`)
}
