import {z} from 'zod'

export const atLeast = (least: number) => z.int().min(least)

export const share = z.number().min(0).lt(1)
