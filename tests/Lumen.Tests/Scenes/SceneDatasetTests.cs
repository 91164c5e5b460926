using System.Text.Json;
using Lumen.Imaging;
using Lumen.Scenes;
using Lumen.Testing;
using Xunit;

namespace Lumen.Tests.Scenes;

public class SceneDatasetTests
{
    [Fact]
    public void Every_file_named_in_the_metadata_is_there_and_says_what_the_scene_says()
    {
        using var folder = new TempFolder();
        var options = Options(folder, count: 3);
        SceneDataset.Write(options);
        string split = folder.File("validation");
        string[] lines = File.ReadAllLines(Path.Combine(split, "metadata.jsonl"));
        Assert.Equal(3, lines.Length);
        for (int i = 0; i < 3; i++)
        {
            using var line = JsonDocument.Parse(lines[i]);
            var root = line.RootElement;
            string In(string name) => Path.Combine(split, root.GetProperty(name).GetString()!);
            var layout = SceneLayout.FromSeed(ulong.Parse(root.GetProperty("layout_seed").GetString()!));
            var scene = StreetRenderer.Render(
                layout,
                SceneAppearance.FromSeed(ulong.Parse(root.GetProperty("appearance_seed").GetString()!)),
                40,
                32
            );
            Assert.Equal(scene.Caption, root.GetProperty("text").GetString());
            Assert.Equal(scene.Rgb, PictureReader.Read(In("file_name")).Rgb);
            Assert.Equal(scene.Labels.Select(id => (ushort)id), PngReader.ReadIds(In("labels_file_name")).Ids);
            Assert.Equal(scene.Instances, PngReader.ReadIds(In("instances_file_name")).Ids);
            Assert.Equal(
                scene.Depth.Select(d => (ushort)Math.Min((d * 1000.0) + 0.5, 65535)),
                PngReader.ReadGray16(In("depth_file_name")).Values
            );
            byte[] normals = PictureReader.Read(In("normals_file_name")).Rgb;
            Assert.All(Enumerable.Range(0, normals.Length), k => Assert.Equal(scene.Normals[k], (normals[k] / 127.5) - 1, 0.005));
            Assert.Equal(scene.Objects.Count, root.GetProperty("objects").GetArrayLength());
            Assert.Equal(scene.Appearance.Time.ToString().ToLowerInvariant(), root.GetProperty("time").GetString());
        }
    }

    [Fact]
    public void A_stopped_run_goes_on_and_ends_with_the_same_bytes()
    {
        using var whole = new TempFolder();
        using var stopped = new TempFolder();
        SceneDataset.Write(Options(whole, count: 70));
        using var stop = new CancellationTokenSource();
        var halfway = new Watcher(p =>
        {
            if (p.Written > 0)
            {
                stop.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => SceneDataset.Write(Options(stopped, count: 70), halfway, stop.Token));
        string partial = stopped.File("validation/metadata.jsonl.partial");
        Assert.True(File.Exists(partial));
        Assert.False(File.Exists(stopped.File("validation/metadata.jsonl")));
        File.AppendAllText(partial, "{\"file_name\":\"images/0000"); // a crash in the middle of a line
        SceneDataset.Write(Options(stopped, count: 70));
        Assert.Equal(Content(whole), Content(stopped));
    }

    [Fact]
    public void A_finished_split_can_be_extended_and_is_otherwise_left_alone()
    {
        using var folder = new TempFolder();
        SceneDataset.Write(Options(folder, count: 2));
        var written = File.GetLastWriteTimeUtc(folder.File("validation/images/000000.png"));
        SceneDataset.Write(Options(folder, count: 2));
        SceneDataset.Write(Options(folder, count: 4));
        Assert.Equal(written, File.GetLastWriteTimeUtc(folder.File("validation/images/000000.png")));
        Assert.Equal(4, File.ReadAllLines(folder.File("validation/metadata.jsonl")).Length);
        Assert.Equal(4, Directory.GetFiles(folder.File("validation/depth")).Length);
    }

    [Fact]
    public void A_folder_with_scenes_of_another_seed_or_size_is_refused()
    {
        using var folder = new TempFolder();
        SceneDataset.Write(Options(folder, count: 2));
        foreach (
            var other in new[]
            {
                Options(folder, count: 2) with
                {
                    Seed = 6,
                },
                Options(folder, count: 3) with
                {
                    Width = 48,
                },
                Options(folder, count: 3) with
                {
                    Files = SceneFiles.Pictures,
                },
                Options(folder, count: 3) with
                {
                    Detail = SceneDetail.Rich,
                },
            }
        )
        {
            var fault = Assert.Throws<LumenException>(() => SceneDataset.Write(other));
            Assert.Contains(
                "holds scenes of another seed, size, detail or kind of files than asked for (line 1)",
                fault.Message,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_refused_with_a_sentence()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("taken"), "a file, not a folder");
        var fault = Assert.Throws<LumenException>(() =>
            SceneDataset.Write(Options(folder, count: 1) with { Folder = folder.File("taken") })
        );
        Assert.Contains("Choose a folder that may be written", fault.Message, StringComparison.Ordinal);
    }

    private static SceneDatasetOptions Options(TempFolder folder, int count) =>
        new()
        {
            Folder = folder.Path,
            Split = SceneSplit.Validation,
            Count = count,
            Seed = 5,
            Width = 40,
            Height = 32,
            Threads = 2,
        };

    private static List<(string Name, string Bytes)> Content(TempFolder folder) =>
        [
            .. Directory
                .GetFiles(folder.Path, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(f => (Path.GetRelativePath(folder.Path, f), Convert.ToHexString(File.ReadAllBytes(f)))),
        ];

    private sealed class Watcher(Action<SceneDatasetProgress> act) : IProgress<SceneDatasetProgress>
    {
        public void Report(SceneDatasetProgress value) => act(value);
    }
}
