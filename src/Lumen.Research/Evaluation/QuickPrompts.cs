using Lumen.Core.Tensors;
using Lumen.Scenes;

namespace Lumen.Research.Evaluation;

/// <summary>The prompts of the quick evaluation; each depends on seed and index alone.</summary>
internal static class QuickPrompts
{
    private static readonly TimeOfDay[] Times = Enum.GetValues<TimeOfDay>();
    private static readonly Weather[] Weathers = Enum.GetValues<Weather>();

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
