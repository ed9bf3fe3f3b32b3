"""A step with each activity on tables, workbooks and files; none of them needs a session."""

from __future__ import annotations

TABLE = "[record(a=1, b='x'), record(a=2, b='y')]"

EXAMPLES: dict[str, str] = {
    "build_data_table": "- {build_data_table: {columns: {a: integer}, rows: [[1]]}, save_as: x}",
    "add_data_row": f'- {{add_data_row: {{table: "{TABLE}", row: {{a: "${{{{ 3 }}}}", b: z}}}}, save_as: x}}',
    "add_data_column":
        f'- {{add_data_column: {{table: "{TABLE}", column: c, value: row.a + 1}}, save_as: x}}',
    "filter_data_table": f'- {{filter_data_table: {{table: "{TABLE}", where: row.a > 1}}, save_as: x}}',
    "lookup_data_table": f'- {{lookup_data_table: {{table: "{TABLE}", column: b, value: x}}, save_as: x}}',
    "join_data_tables": f'- {{join_data_tables: {{table: "{TABLE}", other: "{TABLE}", on: a}}, save_as: x}}',
    "merge_data_tables": f'- {{merge_data_tables: {{table: "{TABLE}", other: "{TABLE}"}}, save_as: x}}',
    "sort_data_table": f'- {{sort_data_table: {{table: "{TABLE}", by: [b, a]}}, save_as: x}}',
    "group_data_table":
        f'- {{group_data_table: {{table: "{TABLE}", by: b, values: {{n: len(rows)}}}}, save_as: x}}',
    "remove_duplicate_rows": f'- {{remove_duplicate_rows: "{TABLE}", save_as: x}}',
    "output_data_table_as_text": f'- {{output_data_table_as_text: "{TABLE}", save_as: x}}',
}  # fmt: skip
