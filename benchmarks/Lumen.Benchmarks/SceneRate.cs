using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Lumen.Scenes;

namespace Lumen.Benchmarks;

/// <summary>
/// Street pictures a second of one core's processor time, by time of day and weather, and the SHA-256 of everything that was rendered:
/// two builds with the same hash draw the same scenes, bit for bit.
/// </summary>
internal static class SceneRate
{
    private const int Warmup = 120; // scenes until the code is compiled at its highest tier

    public static void Run(int count, int size)
    {
        for (var index = 0; index < Warmup; index++)
            Render(index, size);
        var looks = new SortedDictionary<(TimeOfDay, Weather), (int Scenes, TimeSpan Time)>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var index = 0; index < count; index++)
        {
            var start = Environment.CpuUsage.TotalTime;
            var scene = Render(index, size);
            var time = Environment.CpuUsage.TotalTime - start;
            var look = (scene.Appearance.Time, scene.Appearance.Weather);
            var (scenes, sum) = looks.GetValueOrDefault(look);
            looks[look] = (scenes + 1, sum + time);
            Append(hash, scene);
        }
        Console.WriteLine("| time of day | weather | scenes | pictures/s of one core |\n| --- | --- | ---: | ---: |");
        foreach (var ((time, weather), (scenes, sum)) in looks)
            Print($"{time} | {weather}", scenes, sum);
        foreach (var weather in looks.GroupBy(look => look.Key.Item2).OrderBy(group => group.Key))
            Print($"all | {weather.Key}", weather.Sum(look => look.Value.Scenes), Sum(weather));
        Print("all | all", count, Sum(looks));
        Console.WriteLine($"\nSHA-256 of {count} scenes at {size} px: {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    }

    private static StreetScene Render(int index, int size)
    {
        var seeds = SceneSeeds.For(SceneSplit.Train, index, 1);
        return StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance), size, size);
    }

    private static TimeSpan Sum(IEnumerable<KeyValuePair<(TimeOfDay, Weather), (int Scenes, TimeSpan Time)>> looks) =>
        TimeSpan.FromTicks(looks.Sum(look => look.Value.Time.Ticks));

    private static void Print(string look, int scenes, TimeSpan time) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {look} | {scenes} | {scenes / time.TotalSeconds:0.0} |"));

    private static void Append(IncrementalHash hash, StreetScene scene)
    {
        hash.AppendData(scene.Rgb);
        hash.AppendData(scene.Labels);
        hash.AppendData(MemoryMarshal.AsBytes<ushort>(scene.Instances));
        hash.AppendData(MemoryMarshal.AsBytes<float>(scene.Depth));
        hash.AppendData(MemoryMarshal.AsBytes<float>(scene.Normals));
        foreach (var item in scene.Objects)
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{item}\n")));
        hash.AppendData(Encoding.UTF8.GetBytes(scene.Caption));
    }
}
