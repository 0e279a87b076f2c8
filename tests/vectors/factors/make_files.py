"""Writes the published figures of this folder as files laid out like the publishers' own.

    python make_files.py SAMPLES     # needs openpyxl; SAMPLES holds the factors_*.json

The workbooks are made here and are not the publishers'; their rows, columns, sheets and labels are.
"""

import csv
import datetime
import json
import sys
from pathlib import Path

import openpyxl
import openpyxl.cell._writer

# As Excel does it. Left alone, openpyxl writes 16 digits, with which a number may be another one.
openpyxl.cell._writer.safe_string = str

HERE = Path(__file__).parent
WHEN = datetime.datetime(2026, 1, 1)
UNITS = {
    "co2e": "kg CO2e",
    "co2": "kg CO2e of CO2 per unit",
    "ch4": "kg CO2e of CH4 per unit",
    "n2o": "kg CO2e of N2O per unit",
}


def save(book, name):
    book.properties.created = book.properties.modified = WHEN
    book.save(HERE / name)


def uk_rows(sample):
    for factor in sample["factors"]:
        for gas, row_id in zip(factor["gases"], factor["source_row_ids"], strict=True):
            levels = [factor[f"level_{n}"] for n in (1, 2, 3, 4)]
            words = [row_id, f"Scope {factor['scope']}", *levels, factor["column_text"]]
            yield [*words, factor["activity_unit"], UNITS[gas], factor["gases"][gas]]


def uk(samples, year):
    sample = json.loads((samples / f"factors_defra_{year}_energy.json").read_text())
    header = ["ID", "Scope", "Level 1", "Level 2", "Level 3", "Level 4", "Column Text", "UOM"]
    header += ["GHG/Unit", f"GHG Conversion Factor {year}"]
    front = [
        ["UK Government GHG Conversion Factors for Company Reporting"],
        ["Factors by Category"],
        ["Emissions source:", "All", None, "Expiry:", "31/06/2019" if year == 2023 else "n/a"],
        ["Factor set:", "Full set", None, "Version:", 1.1, None, "Year:", year],
        [],
    ]
    book = openpyxl.Workbook()
    book.active.title = "Introduction"
    book.active.append(["Flat file, made for tests"])
    sheet = book.create_sheet("Factors by Category")
    for row in [*front, header]:
        sheet.append(row)
    for row in uk_rows(sample):
        sheet.append([*[cell or None for cell in row[:-1]], float(row[-1])])
    save(book, f"uk_{year}.xlsx")
    with open(HERE / f"uk_{year}_flat.csv", "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(uk_rows(sample))


def epa(samples):
    sample = json.loads((samples / "factors_epa_hub2025_petroleum_gas.json").read_text())
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Emission Factors Hub"
    sheet.append([None, "Emission Factors for Greenhouse Gas Inventories"])
    sheet.append([None, "Last Modified: 15 January 2025"])
    sheet.append([None, "Table 1", "Stationary Combustion"])
    per = ["CO2 Factor", "CH4 Factor", "N2O Factor"]
    sheet.append([None, "Fuel Type", "Heat Content (HHV)", *per, *per])
    group = None
    for factor in sample["factors"]:
        if factor["group"] != group:
            group, unit = factor["group"], factor["activity_unit"]
            masses = [("kg", "CO2"), ("g", "CH4"), ("g", "N2O")]
            units = [f"{mass} {gas} per {of}" for of in ("mmBtu", unit) for mass, gas in masses]
            sheet.append([None, None, f"mmBtu per {unit}", *units])
            sheet.append([None, group])
        values = [factor["heat_content_mmbtu_per_unit"]]
        values += [*factor["per_mmbtu"].values(), *factor["per_unit"].values()]
        sheet.append([None, factor["name"], *[float(it) if it != "NA" else it for it in values]])
    sheet.append([None, "Source: see the hub; a remark that stands below the table."])
    sheet.append([None, "Table 2", "Mobile Combustion CO2"])
    sheet.append([None, "Fuel Type", "kg CO2 per unit", "Unit"])
    save(book, "epa_hub_2025.xlsx")


def egrid(samples):
    sample = json.loads((samples / "factors_egrid2023_states.json").read_text())
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "ST23"
    names = ["Data Year", "State abbreviation"]
    names += ["State annual CO2 equivalent total output emission rate (lb/MWh)"]
    names += ["State annual CO2 equivalent non-baseload output emission rate (lb/MWh)"]
    sheet.append(names)
    sheet.append(["YEAR", "PSTATABB", "STC2ERTA", "STNBC2ER"])
    for factor in sample["factors"]:
        state = factor["region"].removeprefix("US-")
        if len(state) != 2 or state == "US":
            # The whole country has a sheet of its own.
            continue
        sheet.append([2023, state, float(factor["gases"]["co2e"])])
    save(book, "egrid_2023.xlsx")


def ember(samples):
    sample = json.loads((samples / "factors_ember_releases.json").read_text())
    for release in sample["releases"]:
        name = f"ember_{release['release'].replace('.', '_')}.csv"
        with open(HERE / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["country_code", "Emissions intensity (gCO2/kWh)"])
            writer.writerows(release["values"].items())


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    uk(folder, 2023)
    uk(folder, 2024)
    epa(folder)
    egrid(folder)
    ember(folder)
