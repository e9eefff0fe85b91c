const dialog = find('play')
const content = find('play-content')

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

openLinked()
