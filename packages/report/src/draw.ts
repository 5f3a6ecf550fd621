/** @file Panels as Chart.js configurations: the same for the report's page, for a PNG, and in anybody's browser. */
import type { ChartConfiguration } from 'chart.js'
import { chartConfig as build } from '#client/charts.js'
import type { PanelSpec } from './figure.ts'
import type { Theme } from './palette.ts'

export interface Look {
  theme: Theme
  /** A CSS font family list. */
  font: string
  /** True on a page (responsive, animated); false for a still picture at twice the pixels. */
  animate: boolean
}

/** `new Chart(canvas, chartConfig(panel, look))` draws one panel. */
export const chartConfig: (panel: PanelSpec, look: Look) => ChartConfiguration = build
