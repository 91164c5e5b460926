using System.Text.Json;
using Lumen.Augmentation;
using Lumen.Testing;
using Lumen.Tests.Augmentation;
using Lumen.Tests.Datasets;
using Lumen.Tests.Perception;
using Xunit;

namespace Lumen.Tests.Processes;

/// <summary>Work that processes claim piece by piece; skipped where there is no Open MPI.</summary>
public sealed class MpiWorkTests(TinyGenerator tiny) : IClassFixture<TinyGenerator>
{
    [Fact]
    public void Scenes_have_the_same_bytes_however_many_processes_render_them()
    {
        using var folder = new TempFolder();
        foreach (var size in new[] { 1, 3 })
            Done(
                MpiJob.Run(
                    size,
                    "scenes",
                    "render",
                    "--count",
                    "70",
                    "--width",
                    "16",
                    "--height",
                    "16",
                    "--output-dir",
                    folder.File($"{size}")
                )
            );
        Assert.Equal(Files(folder.File("1"), _ => true), Files(folder.File("3"), _ => true));
    }

    [Fact]
    public void An_augmented_data_set_has_the_same_bytes_however_many_processes_make_it()
    {
        var (dataset, one, many) = (tiny.Dataset("imagefolder"), tiny.Fresh(), tiny.Fresh());
        Done(MpiJob.Run(1, Augment(dataset.Root, one)));
        Done(MpiJob.Run(TinyDatasets.Training + 1, Augment(dataset.Root, many))); // more than there are sources
        Assert.Equal(Files(one, IsSameForAll), Files(many, IsSameForAll));
        Assert.Equal(
            Manifest.Read(one).Select(entry => (entry with { Previous = null }).ToJson()),
            Manifest.Read(many).Select(entry => (entry with { Previous = null }).ToJson())
        );
        Assert.True(Verification.Run(many).IsSound);
        Done(MpiJob.Run(2, Augment(dataset.Root, many))); // nothing is left to do
        Assert.Equal(Manifest.Read(one).Count, Manifest.Read(many).Count);
    }

    [Fact]
    public void Shards_are_refused_where_processes_share_the_work()
    {
        var outcome = MpiJob.Run(2, Augment(tiny.Dataset("imagefolder").Root, tiny.Fresh(), "--shard", "1/2"));
        Assert.Equal(2, outcome.Code);
        Assert.Contains("--shard divides the work", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_evaluation_has_the_same_figures_however_many_processes_make_its_pictures()
    {
        string[] evaluate =
        [
            "evaluate",
            "quick",
            "--model",
            tiny.Model,
            "--references",
            "5",
            "--batch-size",
            "2",
            "--steps",
            "1",
            "--dtype",
            "float32",
            "--json",
        ];
        var (one, two) = (MpiJob.Run(1, evaluate), MpiJob.Run(2, evaluate));
        Done(one);
        Done(two);
        var expected = Figures(one.Output);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Figures(two.Output));
    }

    [Fact]
    public void A_leak_study_has_the_same_table_however_many_processes_compare_the_choices()
    {
        string[] study =
        [
            "evaluate",
            "leak",
            "--model",
            tiny.Model,
            "--scenes",
            "4",
            "--layers",
            "up_blocks[0],up_blocks[1]",
            "--timesteps",
            "100",
            "--normalisations",
            "standardise",
            "--appearance-penalties",
            "0",
            "--components",
            "2",
            "--dtype",
            "float32",
        ];
        var (one, two) = (MpiJob.Run(1, study), MpiJob.Run(2, study));
        Done(one);
        Done(two);
        Assert.Contains("up_blocks[1]", one.Output, StringComparison.Ordinal);
        Assert.Equal(one.Output, two.Output);
    }

    [Fact]
    public void A_perception_network_has_the_same_report_however_many_processes_look_at_pictures()
    {
        using var folder = new TempFolder();
        using (var network = TinyPerception.Network())
            network.Save(folder.File("network"));
        string[] evaluate =
        [
            "evaluate",
            "perception",
            "--network",
            folder.File("network"),
            "--scenes",
            "70", // four passes and a part of one
            "--resolution",
            "32",
            "--cache-dir",
            folder.File("cache"),
            "--json",
        ];
        var reports = new[] { 1, 3, 7 }.Select(size => MpiJob.Run(size, [.. evaluate, "--output-dir", folder.File($"{size}")])).ToArray();
        Assert.All(reports, Done);
        Assert.Contains("\"orientation_median_degrees\"", reports[0].Output, StringComparison.Ordinal);
        Assert.All(reports, report => Assert.Equal(reports[0].Output, report.Output));
        Assert.All(["3", "7"], size => Assert.Equal(Files(folder.File("1"), _ => true), Files(folder.File(size), _ => true)));
    }

    private static SortedDictionary<string, string> Figures(string output)
    {
        using var report = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]);
        return new SortedDictionary<string, string>(
            report
                .RootElement.GetProperty("figures")
                .EnumerateObject()
                .Where(figure => !figure.Name.Contains("seconds", StringComparison.Ordinal))
                .ToDictionary(figure => figure.Name, figure => figure.Value.ToString()),
            StringComparer.Ordinal
        );
    }

    private string[] Augment(string dataset, string output, params string[] more)
    {
        var prompts = Path.Combine(tiny.Model, "prompts-of-processes.toml");
        return AugmentLine.Of(tiny.Model, dataset, output, AugmentLine.Prompts(prompts, "fog = \"a street in fog\"\n"), 2, more);
    }

    private static bool IsSameForAll(string name) =>
        !name.StartsWith("manifest", StringComparison.Ordinal) && !name.StartsWith("lumen/", StringComparison.Ordinal);

    private static SortedDictionary<string, string> Files(string folder, Func<string, bool> counts) =>
        new(
            Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(path => (Name: Path.GetRelativePath(folder, path).Replace('\\', '/'), Path: path))
                .Where(file => counts(file.Name) && !file.Name.EndsWith(".lock", StringComparison.Ordinal))
                .ToDictionary(file => file.Name, file => Convert.ToHexString(File.ReadAllBytes(file.Path))),
            StringComparer.Ordinal
        );

    private static void Done(MpiJob.Outcome outcome) => Assert.True(outcome.Code == 0, outcome.Error + outcome.Output);
}
