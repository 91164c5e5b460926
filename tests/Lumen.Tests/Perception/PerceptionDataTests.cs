using Lumen.Core.Tensors;
using Lumen.Datasets;
using Lumen.Imaging;
using Lumen.Scenes;
using Lumen.Testing;
using Lumen.Training.Data;
using Lumen.Training.Perception;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Perception;

public sealed class PerceptionDataTests
{
    private static readonly SceneSelection Few = new(SceneSplit.Train, 5, Seed: 1, Size: 32);

    [Fact]
    public void Scenes_come_back_from_the_cache_as_they_were_rendered()
    {
        using var folder = new TempFolder();
        var cached = PerceptionData.FromScenes(Few, folder.Path)[3];
        var rendered = TinyPerception.Scene(3);
        Assert.Equal(rendered.Picture.Rgb, cached.Picture.Rgb);
        Assert.Equal(rendered.Labels, cached.Labels);
        Assert.Equal(rendered.Instances, cached.Instances);
        for (var i = 0; i < rendered.Depth!.Length; i++)
        {
            Assert.Equal(Math.Min(rendered.Depth[i], LabelledPicture.Farthest), cached.Depth![i], 0.00051);
            Assert.Equal(float.IsNaN(rendered.Yaw![i]), float.IsNaN(cached.Yaw![i]));
            if (!float.IsNaN(rendered.Yaw[i]))
                Assert.Equal(0, Math.IEEERemainder(rendered.Yaw[i] - cached.Yaw[i], 2 * Math.PI), 1e-4);
            for (var axis = 0; axis < 3; axis++)
                Assert.Equal(
                    rendered.Depth[i] < LabelledPicture.Farthest ? rendered.Normals![3 * i + axis] : 0,
                    cached.Normals![3 * i + axis],
                    0.005
                );
        }
    }

    [Fact]
    public void Labels_are_added_to_pictures_that_are_there_and_go_on_where_they_ended()
    {
        using var folder = new TempFolder();
        SceneCorpus.Open(Few with { Count = 3 }, folder.Path).Dispose();
        var pixels = File.ReadAllBytes(folder.File($"{Few.Name}.rgb"));
        SceneCorpus.OpenLabelled(Few with { Count = 2 }, folder.Path).Dispose();
        Assert.Equal(pixels, File.ReadAllBytes(folder.File($"{Few.Name}.rgb")));
        using (var half = File.OpenWrite(folder.File($"{Few.Name}.labels")))
            half.SetLength(half.Length - 7); // a stop in the middle
        var data = PerceptionData.FromScenes(Few, folder.Path);
        Assert.Equal(5 * 32 * 32 * 10, new FileInfo(folder.File($"{Few.Name}.labels")).Length);
        for (var index = 0; index < 5; index++)
            Assert.Equal(TinyPerception.Scene(index).Labels, data[index].Labels);
    }

    [Fact]
    public void Headings_are_against_the_cameras_axis()
    {
        var seeds = SceneSeeds.For(SceneSplit.Train, TinyPerception.WithCars(64), 1);
        var scene = StreetRenderer.Render(SceneLayout.FromSeed(seeds.Layout), SceneAppearance.FromSeed(seeds.Appearance), 64, 64);
        var yaw = SceneLabels.Of(scene).Yaw!;
        foreach (var car in scene.Objects.Where(one => one.Class == SceneClass.Car))
            Assert.Equal(
                0,
                Math.IEEERemainder(car.Yaw - scene.Layout.Camera.Yaw - yaw[Array.IndexOf(scene.Instances, car.Instance)], 2 * Math.PI),
                1e-5
            );
        Assert.All(
            Enumerable.Range(0, yaw.Length).Where(i => scene.Labels[i] != (byte)SceneClass.Car),
            i => Assert.True(float.IsNaN(yaw[i]))
        );
    }

    [Fact]
    public void Generated_pictures_take_over_the_labels_of_their_references()
    {
        var real = TinyPerception.Scenes(2);
        var generated = real.Subset([1, 0, 1]).Showing([Grey(10), Grey(20), Grey(30)]);
        Assert.Equal(20, generated[1].Picture.Rgb[5]);
        Assert.Equal(real[1].Labels, generated[2].Labels);
        Assert.Equal(real[1].Depth, generated[0].Depth);
        var both = real.With(generated);
        Assert.Equal(5, both.Count);
        Assert.Equal(real[0].Picture.Rgb, both[0].Picture.Rgb);
        Assert.Equal(30, both[4].Picture.Rgb[0]);
        Assert.Throws<LumenException>(() => real.Showing([Grey(1)]));
        Assert.Throws<LumenException>(() => real.Showing([Grey(1), Picture.Filled(16, 16, 0, 0, 0)]));

        static Picture Grey(byte value) => Picture.Filled(32, 32, value, value, value);
    }

    [Fact]
    public void A_data_set_on_disk_is_brought_to_one_size_with_its_ids_untouched()
    {
        using var folder = new TempFolder();
        var labels = Enumerable
            .Range(0, 20 * 12)
            .Select(i =>
                (byte)(
                    i % 20 < 10 ? 4
                    : i % 20 < 15 ? 7
                    : 0
                )
            )
            .ToArray();
        PngWriter.WriteRgb(folder.File("images/a.png"), Picture.Filled(20, 12, 90, 90, 90));
        PngWriter.WriteGray8(folder.File("labels/a.png"), 20, 12, labels);
        PngWriter.WriteGray16(
            folder.File("depth/a.png"),
            20,
            12,
            [.. Enumerable.Range(0, 20 * 12).Select(i => (ushort)(i % 20 < 10 ? 2500 : 0))]
        );
        File.WriteAllLines(folder.File("classes.txt"), ["0 void", "4 road", "7 car"]);
        var reading = new DatasetReading
        {
            Width = 16,
            Height = 8,
            Things = ["car"],
        };
        var data = PerceptionData.FromDataset(DatasetFormats.Open(folder.Path), "all", reading);
        var opened = PerceptionData.OpenDataset(DatasetFormats.Open(folder.Path), "all", reading);
        Assert.Equal((data.Fingerprint(), data.Has), (opened.Fingerprint(), opened.Has));
        Assert.Equal((1, 16, 8), (data.Count, data.Width, data.Height));
        Assert.Equal(["road", "car"], data.Classes.Names);
        Assert.Equal([1], data.Classes.Things);
        Assert.Equal(PerceptionLabels.Classes | PerceptionLabels.Depth, data.Has);
        var row = data[0].Labels![..16];
        Assert.Equal(
            [.. Enumerable.Repeat((byte)0, 8), .. Enumerable.Repeat((byte)1, 4), .. Enumerable.Repeat(LabelledPicture.Ignore, 4)],
            row
        );
        Assert.Equal([2.5f, 0], [data[0].Depth![0], data[0].Depth![15]]);
        Assert.Equal(["semantic", "depth"], PerceptionConfig.For(data).Heads);

        File.WriteAllLines(folder.File("classes.txt"), ["0 void", "4 road"]);
        Assert.Contains(
            "holds the label 7",
            Assert
                .Throws<LumenException>(() =>
                    PerceptionData.FromDataset(DatasetFormats.Open(folder.Path), "all", new DatasetReading { Width = 16, Height = 8 })
                )
                .Message,
            StringComparison.Ordinal
        );
        var late = PerceptionData.OpenDataset(DatasetFormats.Open(folder.Path), "all", new DatasetReading { Width = 16, Height = 8 });
        Assert.Contains("holds the label 7", Assert.Throws<LumenException>(() => late[0]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_that_cannot_be_used_are_named()
    {
        Refused([TinyPerception.Scene(0), TinyPerception.Scene(1, 40)], "number 1 is 40 x 40");
        Refused([TinyPerception.Scene(0, 36)], "divisible by 8, but these are 36 x 36");
        Refused([], "There are no pictures");
        Refused(
            [TinyPerception.Scene(0) with { Labels = [.. Enumerable.Repeat((byte)10, 32 * 32)] }],
            "Picture 0 has the label 10 at pixel 0"
        );
        Assert.Throws<LumenException>(() => TinyPerception.Scene(0) with { Depth = new float[3] });

        static void Refused(LabelledPicture[] pictures, string sentence) =>
            Assert.Contains(
                sentence,
                Assert.Throws<LumenException>(() => PerceptionData.FromPictures(pictures, PerceptionClasses.Street)).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void A_step_takes_the_same_pictures_each_time_and_an_epoch_takes_each_once()
    {
        var data = TinyPerception.Scenes(7);
        var random = new RandomStream(3);
        Assert.Equal(data.Indices(random, 5, 2), data.Indices(random, 5, 2));
        Assert.Equal(Enumerable.Range(0, 7), data.Indices(random, 0, 7).Order());
        TensorLeak.Check(() =>
        {
            using var scope = NewDisposeScope();
            data.Batch(0, 3);
        });
    }
}
