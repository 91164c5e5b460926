using Lumen.Core.Tensors;
using Lumen.Scenes;

namespace Lumen.Research.Evaluation;

/// <summary>The prompts of the quick evaluation; each depends on seed and index alone.</summary>
internal static class QuickPrompts
{
    private static readonly TimeOfDay[] Times = Enum.GetValues<TimeOfDay>();
    private static readonly Weather[] Weathers = Enum.GetValues<Weather>();
    private static readonly BuildingPalette[] Palettes = Enum.GetValues<BuildingPalette>();

    /// <summary>An appearance whose time of day and weather both differ from the scene's.</summary>
    public static SceneAppearance Other(SceneAppearance own, int index, RandomStream random)
    {
        var time = (int)random.For(index).IndexAt(0, Times.Length - 1) + 1;
        var weather = (int)random.For(index).IndexAt(1, Weathers.Length - 1) + 1;
        return own with
        {
            Time = Times[((int)own.Time + time) % Times.Length],
            Weather = Weathers[((int)own.Weather + weather) % Weathers.Length],
        };
    }

    /// <summary>The same with another colour of the houses, too.</summary>
    public static SceneAppearance Wanted(SceneAppearance own, int index, RandomStream random)
    {
        var palette = (int)own.Palette + 1 + (int)random.For(index).IndexAt(2, Palettes.Length - 1);
        return Other(own, index, random) with { Palette = Palettes[palette % Palettes.Length] };
    }

    /// <summary>Time, weather and houses in words: <c>a street at night in fog with blue buildings</c>.</summary>
    public static string Described(SceneAppearance appearance) => $"{CaptionWriter.Plain(appearance)} {BuildingsOf(appearance.Palette)}";

    /// <summary>The colour of the houses in words: <c>with red brick buildings</c>.</summary>
    public static string BuildingsOf(BuildingPalette palette) =>
        $"with {(palette == BuildingPalette.RedBrick ? "red brick" : palette.ToString().ToLowerInvariant())} buildings";

    /// <summary>By day and at night, in the same weather; first the brighter.</summary>
    public static (SceneAppearance More, SceneAppearance Less) DayAndNight(SceneAppearance own, int index)
    {
        var weather = own with { Weather = Weathers[index % Weathers.Length] };
        return (weather with { Time = TimeOfDay.Day }, weather with { Time = TimeOfDay.Night });
    }

    /// <summary>In clear weather and in fog, at the same time of day; first the one richer in contrast.</summary>
    public static (SceneAppearance More, SceneAppearance Less) ClearAndFog(SceneAppearance own, int index)
    {
        var time = own with { Time = Times[index % Times.Length] };
        return (time with { Weather = Weather.Clear }, time with { Weather = Weather.Fog });
    }
}
