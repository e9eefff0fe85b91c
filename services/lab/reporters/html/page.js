const find = (id) => document.getElementById(id)
const dialog = find('play')
const content = find('play-content')
const form = find('filters')

function open(index) {
  const template = find(`play-${index}`)
  if (!template) return
  content.replaceChildren(template.content.cloneNode(true))
  history.replaceState(null, '', `#${template.dataset.link}`)
  if (!dialog.open) dialog.showModal()
  dialog.scrollTop = 0
}

document.addEventListener('click', ({ target }) => {
  const opener = target.closest('[data-play]')
  if (opener) open(opener.dataset.play)
  // The dialog's own box is what is left when a click hits none of its content: the backdrop.
  else if (target === dialog) dialog.close()
})
dialog.addEventListener('close', () => history.replaceState(null, '', location.pathname + location.search))

function openLinked() {
  const link = location.hash.slice(1)
  const template = [...document.querySelectorAll('template[data-link]')].find((one) => one.dataset.link === link)
  if (template) open(template.id.slice('play-'.length))
}
addEventListener('hashchange', openLinked)

function matches(cell, verdict) {
  if (verdict === '') return true
  return verdict === 'surprise' ? cell.hasAttribute('data-surprise') : cell.dataset.verdict === verdict
}

function filter() {
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
form.addEventListener('input', filter)
form.addEventListener('submit', (event) => event.preventDefault())
// The values are still the old ones while the event is under way.
form.addEventListener('reset', () => setTimeout(filter))

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }

document.querySelector('table').addEventListener('keydown', (event) => {
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
openLinked()
