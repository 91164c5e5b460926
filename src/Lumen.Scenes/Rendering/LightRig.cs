using Lumen.Scenes.Numerics;

namespace Lumen.Scenes.Rendering;

/// <summary>Light, sky and air of an appearance. Colours are linear light where 1 is display white.</summary>
internal sealed class LightRig
{
    /// <summary>Unit direction to the sun or moon.</summary>
    public required Vec3 SunDirection { get; init; }

    public required Vec3 Sun { get; init; }

    /// <summary>Ambient light on surfaces that face up and down.</summary>
    public required Vec3 AmbientUp { get; init; }

    public required Vec3 AmbientDown { get; init; }

    public required Vec3 Zenith { get; init; }

    public required Vec3 Horizon { get; init; }

    /// <summary>Colour of the glow around the sun or moon.</summary>
    public required Vec3 Halo { get; init; }

    public required Vec3 Air { get; init; }

    /// <summary>Extinction of the air in 1/m.</summary>
    public required float Haze { get; init; }

    /// <summary>Strength of windows, lamps and headlights: 1 at night, less at dusk and in thick air.</summary>
    public required float Electric { get; init; }

    /// <summary>0...1, how white upward faces are.</summary>
    public required float Snow { get; init; }

    /// <summary>0...1, how much the ground mirrors.</summary>
    public required float Wet { get; init; }

    /// <summary>0...1, how much of the road snow covers.</summary>
    public required float RoadSnow { get; init; }

    /// <summary>0...1, how much water stands in hollows of the road.</summary>
    public required float Puddles { get; init; }

    /// <summary>Whether the sun or moon is strong enough for hard shadows.</summary>
    public required bool Shadows { get; init; }

    public static LightRig For(SceneAppearance appearance)
    {
        var look = Look(appearance.Time, appearance.Weather);
        float elevation = appearance.Time switch
        {
            TimeOfDay.Day => 0.55f + (0.5f * appearance.LightHeight),
            TimeOfDay.Sunset => 0.10f + (0.16f * appearance.LightHeight),
            _ => 0.35f + (0.35f * appearance.LightHeight),
        };
        float level = Curves.Cos(elevation);
        return new LightRig
        {
            SunDirection = new Vec3(
                Curves.Sin(appearance.LightAzimuth) * level,
                Curves.Sin(elevation),
                Curves.Cos(appearance.LightAzimuth) * level
            ),
            Sun = look.Sun,
            AmbientUp = look.Up,
            AmbientDown = look.Down,
            Zenith = Vec3.Hex(look.Zenith),
            Horizon = Vec3.Hex(look.Horizon),
            Halo = look.Halo,
            Air = Vec3.Hex(look.Air),
            Haze = look.Haze,
            Electric = (appearance.Time, appearance.Weather) switch
            {
                (TimeOfDay.Night, _) => 1,
                (TimeOfDay.Sunset, Weather.Clear) => 0.35f,
                (TimeOfDay.Sunset, _) => 0.5f,
                (_, Weather.Clear or Weather.Snow) => 0,
                _ => 0.2f,
            },
            Snow = appearance.Weather == Weather.Snow ? 1 : 0,
            Wet = appearance.Weather == Weather.Rain ? 1 : 0,
            RoadSnow =
                appearance.Weather != Weather.Snow ? 0
                : Rich(appearance) ? 1
                : 0.6f,
            Puddles = appearance.Weather == Weather.Rain && Rich(appearance) ? 1 : 0,
            Shadows = appearance.Weather == Weather.Clear,
        };
    }

    private static bool Rich(SceneAppearance appearance) => appearance.Detail == SceneDetail.Rich;

    /// <summary>The twelve looks, tuned by eye. Sky and air are display colours, lights are linear.</summary>
    private static (Vec3 Sun, Vec3 Up, Vec3 Down, int Zenith, int Horizon, Vec3 Halo, int Air, float Haze) Look(
        TimeOfDay time,
        Weather weather
    ) =>
        (time, weather) switch
        {
            (TimeOfDay.Day, Weather.Clear) => (
                new(1.25f, 1.14f, 0.94f),
                new(0.50f, 0.58f, 0.70f),
                new(0.36f, 0.34f, 0.32f),
                0x4A86DE,
                0xBFDCF4,
                new(0.9f, 0.8f, 0.55f),
                0xBFD3E6,
                0.0016f
            ),
            (TimeOfDay.Day, Weather.Fog) => (
                new(0.10f, 0.10f, 0.10f),
                new(0.80f, 0.82f, 0.84f),
                new(0.46f, 0.46f, 0.46f),
                0xB4BCC2,
                0xC6CCD0,
                new(0.12f, 0.12f, 0.11f),
                0xC4CACE,
                0.034f
            ),
            (TimeOfDay.Day, Weather.Snow) => (
                new(0.18f, 0.17f, 0.16f),
                new(0.80f, 0.83f, 0.88f),
                new(0.58f, 0.60f, 0.64f),
                0xA3B3C6,
                0xD6DEE6,
                new(0.1f, 0.1f, 0.1f),
                0xD0D8E0,
                0.008f
            ),
            (TimeOfDay.Day, Weather.Rain) => (
                new(0.06f, 0.06f, 0.06f),
                new(0.84f, 0.88f, 0.94f),
                new(0.50f, 0.51f, 0.53f),
                0x7C8995,
                0xB4BDC4,
                new(0.02f, 0.02f, 0.02f),
                0xA8B1B8,
                0.011f
            ),
            (TimeOfDay.Sunset, Weather.Clear) => (
                new(1.15f, 0.62f, 0.30f),
                new(0.33f, 0.30f, 0.40f),
                new(0.25f, 0.20f, 0.19f),
                0x47508F,
                0xF5A35C,
                new(1.0f, 0.45f, 0.12f),
                0xD99468,
                0.0028f
            ),
            (TimeOfDay.Sunset, Weather.Fog) => (
                new(0.14f, 0.07f, 0.03f),
                new(0.45f, 0.36f, 0.34f),
                new(0.27f, 0.21f, 0.20f),
                0x9A7E8A,
                0xCF9A80,
                new(0.35f, 0.16f, 0.06f),
                0xBF9380,
                0.034f
            ),
            (TimeOfDay.Sunset, Weather.Snow) => (
                new(0.16f, 0.08f, 0.05f),
                new(0.46f, 0.38f, 0.42f),
                new(0.34f, 0.28f, 0.29f),
                0x75709A,
                0xE4A98C,
                new(0.4f, 0.18f, 0.08f),
                0xCC9C90,
                0.009f
            ),
            (TimeOfDay.Sunset, Weather.Rain) => (
                new(0.06f, 0.03f, 0.02f),
                new(0.40f, 0.34f, 0.37f),
                new(0.25f, 0.20f, 0.21f),
                0x544E68,
                0xBE8266,
                new(0.2f, 0.09f, 0.03f),
                0x9C7668,
                0.012f
            ),
            (TimeOfDay.Night, Weather.Clear) => (
                new(0.05f, 0.065f, 0.10f),
                new(0.09f, 0.115f, 0.21f),
                new(0.06f, 0.07f, 0.105f),
                0x0B1230,
                0x2A3968,
                new(0.05f, 0.06f, 0.09f),
                0x243058,
                0.003f
            ),
            (TimeOfDay.Night, Weather.Fog) => (
                new(0.01f, 0.01f, 0.01f),
                new(0.115f, 0.13f, 0.18f),
                new(0.08f, 0.085f, 0.105f),
                0x262D40,
                0x3A4459,
                new(0.01f, 0.01f, 0.01f),
                0x384258,
                0.030f
            ),
            (TimeOfDay.Night, Weather.Snow) => (
                new(0.02f, 0.025f, 0.04f),
                new(0.092f, 0.11f, 0.19f),
                new(0.08f, 0.09f, 0.135f),
                0x161E3A,
                0x363F60,
                new(0.01f, 0.01f, 0.01f),
                0x313A56,
                0.009f
            ),
            _ => (
                new(0.01f, 0.01f, 0.015f),
                new(0.12f, 0.14f, 0.20f),
                new(0.08f, 0.09f, 0.12f),
                0x141B2E,
                0x323B54,
                new(0.01f, 0.01f, 0.01f),
                0x2E364C,
                0.012f
            ),
        };
}
