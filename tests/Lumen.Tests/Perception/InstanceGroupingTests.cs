using Lumen.Training.Data;
using Lumen.Training.Perception;
using Xunit;

namespace Lumen.Tests.Perception;

public sealed class InstanceGroupingTests
{
    private const int Width = 24,
        Height = 16;

    [Fact]
    public void Two_objects_that_touch_are_told_apart_by_their_centres()
    {
        var scene = new Heads();
        scene.Box(id: 1, label: 1, left: 2, top: 4, right: 8, bottom: 12);
        scene.Box(id: 2, label: 1, left: 8, top: 4, right: 14, bottom: 12);
        var groups = scene.Group();
        Assert.Equal(scene.Truth(), groups);
    }

    [Fact]
    public void An_object_before_another_splits_it_but_not_its_name()
    {
        var scene = new Heads();
        scene.Box(id: 1, label: 1, left: 1, top: 4, right: 21, bottom: 10);
        scene.Box(id: 2, label: 2, left: 5, top: 2, right: 9, bottom: 14); // a person in front of a car
        var groups = scene.Group();
        Assert.Equal(2, groups.Where(id => id > 0).Distinct().Count());
        Assert.Equal(groups[6 * Width + 2], groups[6 * Width + 18]);
        Assert.NotEqual(groups[6 * Width + 2], groups[6 * Width + 6]);
    }

    [Fact]
    public void Stuff_specks_and_pictures_without_a_centre_have_no_instances()
    {
        var scene = new Heads();
        Assert.All(scene.Group(), id => Assert.Equal(0, id));
        scene.Box(id: 1, label: 1, left: 10, top: 8, right: 12, bottom: 10); // four pixels
        Assert.All(scene.Group(), id => Assert.Equal(0, id));
        Assert.Equal(4, scene.Group(new InstanceGrouping { LeastPixels = 4 }).Count(id => id == 1));
        Assert.All(scene.Group(new InstanceGrouping { LeastPixels = 4, Threshold = 1.1f }), id => Assert.Equal(0, id));
    }

    [Fact]
    public void Targets_of_scenes_lead_back_to_their_instances()
    {
        for (var index = 0; index < 6; index++)
        {
            var scene = TinyPerception.Scene(index, 128);
            using var scope = TorchSharp.torch.NewDisposeScope();
            var batch = PerceptionData.FromPictures([scene], PerceptionClasses.Street).Batch(0);
            var groups = new InstanceGrouping().Group(
                batch.Labels.data<long>().ToArray(),
                batch.Centres.data<float>().ToArray(),
                batch.Offsets.data<float>().ToArray(),
                (128, 128),
                PerceptionClasses.Street.Things
            );
            var (pairs, pixels) = (new Dictionary<(int, int), int>(), 0);
            for (var i = 0; i < groups.Length; i++)
            {
                if (!PerceptionClasses.Street.Things.Contains(scene.Labels![i]))
                    continue;
                var pair = (scene.Instances![i], groups[i]);
                pairs[pair] = pairs.GetValueOrDefault(pair) + 1;
                pixels++;
            }
            var right = pairs
                .GroupBy(pair => pair.Key.Item1)
                .Sum(own => own.Where(pair => pair.Key.Item2 > 0).Select(pair => pair.Value).DefaultIfEmpty(0).Max());
            Assert.True(right >= 0.9 * pixels, $"scene {index}: {right} of {pixels} pixels of things come back to one instance");
        }
    }

    /// <summary>Heads that say the truth about boxes.</summary>
    private sealed class Heads
    {
        private readonly byte[] _labels = new byte[Width * Height];
        private readonly ushort[] _instances = new ushort[Width * Height];

        public void Box(ushort id, byte label, int left, int top, int right, int bottom)
        {
            for (var y = top; y < bottom; y++)
            {
                for (var x = left; x < right; x++)
                    (_labels[y * Width + x], _instances[y * Width + x]) = (label, id);
            }
        }

        public int[] Truth() => [.. _instances.Select(id => (int)id)];

        public int[] Group(InstanceGrouping? grouping = null)
        {
            var packed = new byte[Width * Height * PackedLabels.BytesPerPixel];
            PackedLabels.Pack(
                new LabelledPicture(Lumen.Imaging.Picture.Filled(Width, Height, 0, 0, 0)) { Labels = _labels, Instances = _instances },
                packed
            );
            var (heat, known, offsets, offsetsKnown) = (
                new float[Width * Height],
                new float[Width * Height],
                new float[2 * Width * Height],
                new float[Width * Height]
            );
            InstanceTargets.Write(packed, (Width, Height), [1, 2], heat, known, offsets, offsetsKnown);
            return (grouping ?? new InstanceGrouping()).Group(
                Array.ConvertAll(_labels, label => (long)label),
                heat,
                offsets,
                (Width, Height),
                [1, 2]
            );
        }
    }
}
