/** Ships that call at the harbour, again and again. */
export const roster = [
  { name: 'Solveig', from: 'Bergen', cargo: 'Stockfish' },
  { name: 'Marie Galante', from: 'Nantes', cargo: 'Machine parts' },
  { name: 'Ostwind', from: 'Gdańsk', cargo: 'Timber' },
  { name: 'Kittiwake', from: 'Aberdeen', cargo: 'Turbine blades' },
  { name: 'Santa Rita', from: 'Porto', cargo: 'Cork' },
  { name: 'Hvítá', from: 'Reykjavík', cargo: 'Wool' },
  { name: 'De Vrijheid', from: 'Rotterdam', cargo: 'Tulip bulbs' },
  { name: 'Nordkaper', from: 'Tromsø', cargo: 'Salt' },
  { name: 'Aurora', from: 'Turku', cargo: 'Paper' },
  { name: 'Gannet', from: 'Cork', cargo: 'Butter' },
  { name: 'Elbe Maru', from: 'Hamburg', cargo: 'Bicycles' },
  { name: 'Bonne Espérance', from: 'Saint-Malo', cargo: 'Cider' },
]
