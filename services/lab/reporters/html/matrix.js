const find = (id) => document.getElementById(id)

function matches(cell, verdict) {
  if (verdict === '') return true
  return verdict === 'surprise' ? cell.hasAttribute('data-surprise') : cell.dataset.verdict === verdict
}

function filter() {
  if (!find('filters')) return
  const [client, family, verdict] = ['client', 'family', 'verdict'].map((id) => find(id).value)
  let shown = 0
  for (const cell of document.querySelectorAll('[data-column]')) {
    cell.hidden = client !== '' && cell.dataset.column !== client
  }
  for (const body of document.querySelectorAll('tbody')) {
    let rows = 0
    for (const row of body.querySelectorAll('tr[data-attack]')) {
      const cells = [...row.querySelectorAll('td')].filter((cell) => !cell.hidden)
      for (const cell of cells) cell.classList.toggle('out', !matches(cell, verdict))
      const count = cells.filter((cell) => cell.dataset.verdict && matches(cell, verdict)).length
      const wanted = (family === '' || body.dataset.family === family) && count > 0
      row.hidden = !wanted
      if (wanted) {
        shown += count
        rows += 1
      }
    }
    body.hidden = rows === 0
  }
  const total = document.querySelectorAll('td[data-verdict]').length
  find('shown').textContent = `${shown} of ${total} shown`
  find('none').hidden = shown > 0
}
// By delegation: form and table may be there later, or anew.
const ofFilters = (listener) => (event) => event.target.closest('#filters') && listener(event)
document.addEventListener('input', ofFilters(filter))
document.addEventListener(
  'submit',
  ofFilters((event) => event.preventDefault()),
)
// The values are still the old ones while the event is under way.
document.addEventListener(
  'reset',
  ofFilters(() => setTimeout(filter)),
)

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }

document.addEventListener('keydown', (event) => {
  const step = STEPS[event.key]
  const from = event.target.closest('td')
  if (!step || !from) return
  const rows = [...document.querySelectorAll('tr[data-attack]')].filter((row) => row.offsetParent !== null)
  const columns = (row) => [...row.querySelectorAll('td')].filter((cell) => !cell.hidden)
  const row = rows.indexOf(from.parentElement)
  const column = columns(from.parentElement).indexOf(from)
  const next = rows[row + step[0]] && columns(rows[row + step[0]])[column + step[1]]
  const button = next?.querySelector('button')
  if (!button) return
  event.preventDefault()
  button.focus()
})

filter()
