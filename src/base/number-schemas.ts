import {z} from 'zod'

/** A whole number of at least `least`. */
export const atLeast = (least: number) => z.int().min(least)

/** A number from 0 to below 1. */
export const share = z.number().min(0).lt(1)
