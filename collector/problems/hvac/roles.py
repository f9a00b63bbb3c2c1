"""What a point is in its equipment: the roles that faults are judged by, as rows. Pure.

Terms are those of Brick 1.3 (brickschema.org) and Project Haystack 4 (project-haystack.org).
"""

from typing import NamedTuple


class Role(NamedTuple):
    """`quantity` says how its value is made comparable (`quantity.py`); `words` name it to people."""

    name: str
    quantity: str
    brick: str
    haystack: str
    words: str


T, F, B, P = "temperature", "fraction", "binary", "pressure"

ROLES = (
    Role("supply_temp", T, "Supply_Air_Temperature_Sensor", "discharge air temp sensor", "supply air temperature"),
    Role("return_temp", T, "Return_Air_Temperature_Sensor", "return air temp sensor", "return air temperature"),
    Role("mixed_temp", T, "Mixed_Air_Temperature_Sensor", "mixed air temp sensor", "mixed air temperature"),
    Role("outdoor_temp", T, "Outside_Air_Temperature_Sensor", "outside air temp sensor", "outdoor air temperature"),
    Role("exhaust_temp", T, "Exhaust_Air_Temperature_Sensor", "exhaust air temp sensor", "exhaust air temperature"),
    Role("supply_setpoint", T, "Supply_Air_Temperature_Setpoint", "discharge air temp sp", "supply air setpoint"),
    Role("supply_heating_setpoint", T, "Supply_Air_Temperature_Heating_Setpoint", "discharge air temp heating sp", "supply air heating setpoint"),
    Role("supply_cooling_setpoint", T, "Supply_Air_Temperature_Cooling_Setpoint", "discharge air temp cooling sp", "supply air cooling setpoint"),
    Role("heating", F, "Heating_Command", "heating cmd", "heating valve or command"),
    Role("cooling", F, "Cooling_Command", "cooling cmd", "cooling valve or command"),
    Role("reheat", F, "Reheat_Command", "reheat valve cmd", "reheat valve"),
    Role("outdoor_damper", F, "Outside_Damper", "outside air damper cmd", "outdoor air damper"),
    Role("return_damper", F, "Return_Damper", "return air damper cmd", "return air damper"),
    Role("exhaust_damper", F, "Exhaust_Damper", "exhaust air damper cmd", "exhaust air damper"),
    Role("zone_damper", F, "Damper_Position_Command", "discharge damper cmd", "terminal damper"),
    Role("supply_fan_command", B, "Supply_Fan_Start_Stop_Command", "discharge fan run cmd", "supply fan command"),
    Role("supply_fan_status", B, "Supply_Fan_On_Off_Status", "discharge fan run sensor", "supply fan status"),
    Role("supply_fan_speed", F, "Supply_Fan_Speed_Command", "discharge fan speed cmd", "supply fan speed"),
    Role("return_fan_command", B, "Return_Fan_Start_Stop_Command", "return fan run cmd", "return fan command"),
    Role("return_fan_status", B, "Return_Fan_On_Off_Status", "return fan run sensor", "return fan status"),
    Role("return_fan_speed", F, "Return_Fan_Speed_Command", "return fan speed cmd", "return fan speed"),
    Role("exhaust_fan_command", B, "Exhaust_Fan_Start_Stop_Command", "exhaust fan run cmd", "exhaust fan command"),
    Role("exhaust_fan_status", B, "Exhaust_Fan_On_Off_Status", "exhaust fan run sensor", "exhaust fan status"),
    Role("supply_flow", "flow", "Supply_Air_Flow_Sensor", "discharge air flow sensor", "supply air flow"),
    Role("duct_static", P, "Supply_Air_Static_Pressure_Sensor", "discharge duct air pressure sensor", "duct static pressure"),
    Role("duct_static_setpoint", P, "Supply_Air_Static_Pressure_Setpoint", "discharge duct air pressure sp", "duct static pressure setpoint"),
    Role("occupancy", B, "Occupancy_Status", "occ", "occupancy"),
    Role("zone_temp", T, "Zone_Air_Temperature_Sensor", "zone air temp sensor", "zone temperature"),
    Role("zone_setpoint", T, "Zone_Air_Temperature_Setpoint", "zone air temp sp", "zone setpoint"),
    Role("zone_heating_setpoint", T, "Zone_Air_Heating_Temperature_Setpoint", "zone air temp heating sp", "zone heating setpoint"),
    Role("zone_cooling_setpoint", T, "Zone_Air_Cooling_Temperature_Setpoint", "zone air temp cooling sp", "zone cooling setpoint"),
    Role("zone_co2", "ppm", "Zone_CO2_Level_Sensor", "zone air co2 sensor", "zone CO2"),
    Role("zone_humidity", "percent", "Zone_Air_Humidity_Sensor", "zone air humidity sensor", "zone humidity"),
    Role("return_humidity", "percent", "Return_Air_Humidity_Sensor", "return air humidity sensor", "return air humidity"),
    Role("outdoor_humidity", "percent", "Outside_Air_Humidity_Sensor", "outside air humidity sensor", "outdoor air humidity"),
    Role("hot_water_supply", T, "Hot_Water_Supply_Temperature_Sensor", "hot water leaving temp sensor", "hot water supply temperature"),
    Role("hot_water_return", T, "Hot_Water_Return_Temperature_Sensor", "hot water entering temp sensor", "hot water return temperature"),
    Role("hot_water_setpoint", T, "Hot_Water_Supply_Temperature_Setpoint", "hot water leaving temp sp", "hot water setpoint"),
    Role("chilled_water_supply", T, "Chilled_Water_Supply_Temperature_Sensor", "chilled water leaving temp sensor", "chilled water supply temperature"),
    Role("chilled_water_return", T, "Chilled_Water_Return_Temperature_Sensor", "chilled water entering temp sensor", "chilled water return temperature"),
    Role("chilled_water_setpoint", T, "Chilled_Water_Supply_Temperature_Setpoint", "chilled water leaving temp sp", "chilled water setpoint"),
    Role("boiler_command", B, "Boiler_Command", "boiler run cmd", "boiler command"),
    Role("boiler_status", B, "Boiler_On_Off_Status", "boiler run sensor", "boiler status"),
    Role("chiller_command", B, "Chiller_Command", "chiller run cmd", "chiller command"),
    Role("chiller_status", B, "Chiller_On_Off_Status", "chiller run sensor", "chiller status"),
    Role("pump_command", B, "Pump_Command", "pump run cmd", "pump command"),
    Role("pump_status", B, "Pump_On_Off_Status", "pump run sensor", "pump status"),
    Role("fan_power", "power", "Electric_Power_Sensor", "elec active power sensor", "fan power"),
    Role("freezer_temp", T, "Freezer_Temperature_Sensor", "freezer temp sensor", "freezer temperature"),
    Role("cooler_temp", T, "Refrigerator_Temperature_Sensor", "refrig temp sensor", "walk-in cooler temperature"),
)  # fmt: skip
BY_NAME = {role.name: role for role in ROLES}
INDEX = {role.name: place for place, role in enumerate(ROLES)}
HIGH = 0.75
"""From this confidence on a suggested role is judged by, until a person says otherwise."""
