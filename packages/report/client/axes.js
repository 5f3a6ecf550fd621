/** @file What every chart configuration shares: responsiveness, margins, tooltip, axes. */
import { guideMargins } from './guides.js'
import { tickText } from './paint.js'

export function commonOptions(panel, look) {
  const { theme, font, animate } = look
  return {
    responsive: animate,
    maintainAspectRatio: false,
    animation: animate ? { duration: 250 } : false,
    devicePixelRatio: animate ? undefined : 2,
    layout: { padding: ({ chart }) => guideMargins(panel, look, chart) },
    plugins: {
      legend: { display: false },
      title: { display: false },
      tooltip: {
        backgroundColor: theme.ink,
        titleColor: theme.surface,
        bodyColor: theme.surface,
        titleFont: { family: font, size: 12, weight: 600 },
        bodyFont: { family: font, size: 12 },
        padding: 10,
        displayColors: false,
      },
    },
  }
}

export function axisOptions(axis, look, onX) {
  const { theme, font } = look
  return {
    type: axis.scale === 'log' ? 'logarithmic' : 'linear',
    min: axis.min,
    max: axis.max,
    title: {
      display: axis.label !== '',
      text: axis.label,
      color: theme.muted,
      font: { family: font, size: 12 },
    },
    border: { color: theme.muted, display: onX },
    grid: { color: theme.grid, drawTicks: onX, tickLength: 5, tickColor: theme.muted, display: !onX },
    ticks: {
      color: theme.muted,
      font: { family: font, size: 11.5 },
      padding: onX ? 3 : 7,
      autoSkip: onX,
      maxRotation: 0,
      callback: (value) => tickText(value),
    },
    afterBuildTicks: (scale) => {
      scale.ticks = axis.ticks.map((value) => ({ value }))
    },
  }
}
