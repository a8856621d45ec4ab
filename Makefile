# Was ein Lauf braucht, ist auch ein Befehl: `inpainting report`, `inpainting test`, … (siehe README).
# Parameter: make report PRESET=schnell ARGS="--seed 2 --mask-size 12"

PRESET ?= standard
ARGS   ?=
VENV   ?= .venv
# Das erste Python, das zu den festgeschriebenen Paketen passt
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
RUN    := $(VENV)/bin/inpainting
READY  := $(VENV)/.bereit
TESTS  := $(VENV)/.bereit-tests

.DEFAULT_GOAL := help
.PHONY: help umgebung report referenz check verify sweep ladder abgabe test data lab doctor rechner mutanten abdeckung lock kontaktbogen benchmarks soak clean

help: ## zeigt diese Hilfe
	@echo "Image Inpainting mit CNNs: Bericht rechnen, prüfen und ansehen"
	@echo
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 22
	@echo
	@echo '  PRESET=schnell rechnet in etwa zwei Minuten auf der mitgelieferten Stichprobe.'
	@echo '  ARGS="--seed 2 --mask-size 12" gibt Parameter weiter; alle zeigt: inpainting parameter'

umgebung: $(READY) ## baut die Python-Umgebung in .venv, wenn sie fehlt

$(TESTS): requirements-test.lock $(READY)
	$(VENV)/bin/python -m pip install --quiet --require-hashes -r requirements-test.lock
	@touch $@

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Fehler: Es ist kein Python 3.11, 3.12 oder 3.13 zu finden. \
	Bitte eines davon installieren oder angeben: make umgebung PYTHON=/pfad/zu/python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

report: $(READY) ## rechnet und rendert den Bericht nach results/<name>/
	$(RUN) report --preset $(PRESET) $(ARGS)

referenz: $(READY) ## rechnet den Referenzlauf neu, der zum Projekt gehört
	$(RUN) referenz $(ARGS)

check: $(READY) ## prüft den fertigen Bericht gegen die Regeln des Kurses
	$(RUN) check $(ARGS)

verify: $(READY) ## rechnet die Zahlen des Referenzlaufs nach und urteilt
	$(RUN) verify $(ARGS)

sweep: $(TESTS) ## rechnet ein Raster von Läufen und vergleicht sie
	$(RUN) sweep $(ARGS)

ladder: $(READY) ## rechnet die Leiter vom Netz von 2025 zum besten Netz, setzt Begonnenes fort
	$(RUN) ladder $(ARGS)

abgabe: $(READY) ## packt die Abgabe: PDF, Notebook, Code, Prüfsummen
	$(RUN) abgabe $(ARGS)

test: $(TESTS) ## führt alle Tests aus
	$(RUN) test $(ARGS)

data: $(READY) ## holt CIFAR-10 und prüft es
	$(RUN) data $(ARGS)

lab: $(READY) ## öffnet eine Arbeitskopie des Notebooks in JupyterLab
	$(RUN) lab $(ARGS)

doctor: $(READY) ## zeigt, was auf diesem Rechner fehlt und wie man es bekommt
	$(RUN) doctor $(ARGS)

rechner: ## prüft jedes Python 3.11, 3.12, 3.13, das da ist: Umgebung, Bericht, Tests
	benchmarks/pythons.sh

mutanten: $(TESTS) ## ändert das Programm an zufälligen Stellen und zählt, was die Tests merken
	$(VENV)/bin/python benchmarks/mutants.py $(ARGS)

COVERAGE := $(VENV)/bin/python -m coverage
abdeckung: $(TESTS) ## misst, welche Zeilen des Programms die Tests erreichen
	rm -rf build/abdeckung
	mkdir -p build/abdeckung
	-OPENBLAS_NUM_THREADS=1 $(COVERAGE) run --rcfile benchmarks/coverage.ini -m pytest --numprocesses 2 --dist loadfile $(ARGS)
	$(COVERAGE) combine --quiet --rcfile benchmarks/coverage.ini
	$(COVERAGE) report --rcfile benchmarks/coverage.ini

benchmarks: $(READY) ## misst: Masken, Training des Netzes von 2025 (etwa eine Stunde)
	$(VENV)/bin/python benchmarks/masks.py
	$(VENV)/bin/python benchmarks/original_recipe.py

soak: $(READY) ## tötet Bericht, Rendern und Packen 20-mal und prüft, dass nichts verloren geht
	$(VENV)/bin/python benchmarks/soak.py $(ARGS)

kontaktbogen: $(TESTS) ## zeigt jede Seite, Folie und Ansicht des Berichts als Bild
	$(VENV)/bin/python benchmarks/contact_sheet.py results/$(PRESET)

LOCK := uv pip compile pyproject.toml --extra cpu --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header --no-annotate --quiet
lock: ## schreibt die Sperrdateien aus pyproject.toml neu (braucht uv)
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra test --constraints requirements.lock --output-file requirements-test.lock

clean: ## entfernt Umgebung und Zwischenstände, nicht die Ergebnisse
	rm -rf $(VENV) .venv-3.1? models/.work models/.gauss models/.live .pytest_cache .hypothesis
