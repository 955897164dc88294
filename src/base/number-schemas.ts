import {z} from 'zod'

/** A whole number from `least` on. */
export const atLeast = (least: number) => z.int().min(least)

/** From 0 to below 1. */
export const share = z.number().min(0).lt(1)
