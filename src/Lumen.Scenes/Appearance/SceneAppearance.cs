using Lumen.Scenes.Numerics;

namespace Lumen.Scenes;

/// <summary>
/// Everything about a street that changes how it looks but not what stands where: light, weather, colours, texture. Any appearance fits any
/// <see cref="SceneLayout"/>. Change single factors with a <c>with</c> expression.
/// </summary>
public sealed record SceneAppearance
{
    /// <summary>Cars a layout can hold at most, hence the length of <see cref="CarPaints"/>.</summary>
    public const int CarSlots = SceneLayout.MaximalCars;

    /// <summary>The seed this appearance came from; also chooses the wording of captions.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Time of day.</summary>
    public required TimeOfDay Time { get; init; }

    /// <summary>Weather.</summary>
    public required Weather Weather { get; init; }

    /// <summary>Colour family of the buildings.</summary>
    public required BuildingPalette Palette { get; init; }

    /// <summary>Paint of the car in each slot of the layout; <see cref="CarSlots"/> entries.</summary>
    public required IReadOnlyList<CarPaint> CarPaints { get; init; }

    /// <summary>
    /// Direction the light comes from, around the vertical: 0 is straight ahead along the road, positive to the right. Radians in [-pi,
    /// pi].
    /// </summary>
    public required float LightAzimuth { get; init; }

    /// <summary>Height of the sun or moon between the lowest (0) and the highest (1) usual for the time of day.</summary>
    public required float LightHeight { get; init; }

    /// <summary>Share of the sky that clouds cover in clear weather, 0...1.</summary>
    public required float CloudCover { get; init; }

    /// <summary>Seed of brick, plaster, grass and cloud patterns, of clothes and of which windows are lit.</summary>
    public required uint TextureSeed { get; init; }

    /// <summary>How much shows. It changes no other factor.</summary>
    public SceneDetail Detail { get; init; }

    /// <summary>The appearance of a seed. Time, weather, palette and paints are uniform and independent.</summary>
    public static SceneAppearance FromSeed(ulong seed, SceneDetail detail = SceneDetail.Plain)
    {
        var random = new SceneRandom(seed ^ 0x41505045_4152414E); // "APPEARAN": the same number gives an unrelated layout stream
        var drawn = Draw(seed, random, (TimeOfDay)random.Below(3), (Weather)random.Below(4), (BuildingPalette)random.Below(6));
        return drawn with { Detail = detail };
    }

    /// <summary>An appearance with chosen factors; everything not named here comes from the seed.</summary>
    /// <param name="time">Time of day.</param>
    /// <param name="weather">Weather.</param>
    /// <param name="palette">Colour family of the buildings.</param>
    /// <param name="carPaint">One paint for all cars, or null for paints from the seed.</param>
    /// <param name="seed">Seed of the rest.</param>
    public static SceneAppearance Create(
        TimeOfDay time,
        Weather weather,
        BuildingPalette palette,
        CarPaint? carPaint = null,
        ulong seed = 0
    )
    {
        Require.Defined(time);
        Require.Defined(weather);
        Require.Defined(palette);
        var appearance = Draw(seed, new SceneRandom(seed ^ 0x43484F53_454E0000), time, weather, palette);
        if (carPaint is not { } paint)
        {
            return appearance;
        }

        Require.Defined(paint);
        return appearance with { CarPaints = Enumerable.Repeat(paint, CarSlots).ToArray() };
    }

    private static SceneAppearance Draw(ulong seed, SceneRandom random, TimeOfDay time, Weather weather, BuildingPalette palette)
    {
        var paints = new CarPaint[CarSlots];
        for (int i = 0; i < CarSlots; i++)
        {
            paints[i] = (CarPaint)random.Below(6);
        }

        return new SceneAppearance
        {
            Seed = seed,
            Time = time,
            Weather = weather,
            Palette = palette,
            CarPaints = paints,
            LightAzimuth = random.Between(-Curves.Pi, Curves.Pi),
            LightHeight = random.Unit(),
            CloudCover = random.Chance(0.3f) ? 0 : random.Between(0.15f, 0.7f),
            TextureSeed = (uint)(random.Unit() * (1 << 24)),
        };
    }
}

/// <summary>When the scene is seen.</summary>
public enum TimeOfDay
{
    /// <summary>Sun high, blue or white sky.</summary>
    Day,

    /// <summary>Sun low, orange and purple light.</summary>
    Sunset,

    /// <summary>Moon, lit windows, lamps and headlights.</summary>
    Night,
}

/// <summary>What the air and the ground are like.</summary>
public enum Weather
{
    /// <summary>No haze, sharp shadows.</summary>
    Clear,

    /// <summary>Contrast falls with distance; things within about 25 m stay visible.</summary>
    Fog,

    /// <summary>White ground and roofs, falling flakes.</summary>
    Snow,

    /// <summary>Grey sky, dark road that mirrors, streaks.</summary>
    Rain,
}

/// <summary>How much of the weather shows on the street, and how much of the look captions name.</summary>
public enum SceneDetail
{
    /// <summary>What the built-in model was trained on.</summary>
    Plain,

    /// <summary>Snow lies on the road, rain leaves puddles, shop windows are lit; captions also name ground, sky and lights.</summary>
    Rich,
}

/// <summary>The colour family all buildings of a scene share; single buildings differ in tone only.</summary>
public enum BuildingPalette
{
    /// <summary>Red brick with visible courses.</summary>
    RedBrick,

    /// <summary>Yellow to sand-coloured plaster.</summary>
    Yellow,

    /// <summary>Grey concrete.</summary>
    Grey,

    /// <summary>Blue plaster.</summary>
    Blue,

    /// <summary>White plaster.</summary>
    White,

    /// <summary>Green plaster.</summary>
    Green,
}

/// <summary>The colour of one car.</summary>
public enum CarPaint
{
    /// <summary>Red.</summary>
    Red,

    /// <summary>Blue.</summary>
    Blue,

    /// <summary>White.</summary>
    White,

    /// <summary>Black.</summary>
    Black,

    /// <summary>Yellow.</summary>
    Yellow,

    /// <summary>Green.</summary>
    Green,
}
