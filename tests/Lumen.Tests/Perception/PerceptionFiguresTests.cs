using Lumen.Core.Processes;
using Lumen.Tests.Processes;
using Lumen.Training.Data;
using Lumen.Training.Perception;
using Xunit;
using static TorchSharp.torch;

namespace Lumen.Tests.Perception;

public sealed class PerceptionFiguresTests
{
    private const int Size = 64;

    [Fact]
    public void An_evaluator_that_is_always_right_makes_no_error()
    {
        using var scope = NewDisposeScope();
        var figures = new PerceptionFigures(PerceptionClasses.Street);
        var first = TinyPerception.WithCars(Size);
        for (var index = first; index < first + 4; index++)
            figures.Add(Right(TinyPerception.Scene(index, Size)), 0, TinyPerception.Scene(index, Size));
        var report = figures.Report();
        Assert.Equal(4, report.Pictures);
        Assert.Equal(1, report.MeanIoU);
        Assert.Equal(1, report.PixelAccuracy);
        Assert.Equal(1, report.Pq);
        Assert.Equal(1, report.InstanceRecall);
        Assert.InRange(report.Depth!.AbsRel, 0, 1e-6);
        Assert.Equal(1, report.Depth.Delta1);
        Assert.InRange(report.NormalDegrees!.Value, 0, 0.1);
        Assert.InRange(report.OrientationDegrees!.Value, 0, 0.1);
        Assert.True(report.Oriented >= 2 && report.Instances >= report.Oriented, $"{report.Oriented} headings, {report.Instances} things");
        Assert.Contains("\"miou\": 1", report.ToJson(), StringComparison.Ordinal);
        Assert.Contains("iou/road", report.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_error_shows_in_its_own_figure()
    {
        using var scope = NewDisposeScope();
        var truth = TinyPerception.Scene(TinyPerception.WithCars(Size), Size);
        var right = Right(truth);
        Assert.Equal(0.5, Of(right with { Depth = right.Depth! * 1.5 }).Depth!.AbsRel, 1e-4);
        Assert.InRange(Of(right with { Depth = right.Depth! * 1.5 }).Depth!.SiLog, 0, 1e-3); // blind to a common scale
        Assert.Equal(180, Of(right with { Normals = -right.Normals! }).NormalDegrees!.Value, 0.2);
        Assert.Equal(90, Of(right with { Yaw = right.Yaw! + Math.PI / 2 }).OrientationDegrees!.Value, 0.2);
        var merged = Of(right with { Instances = right.Instances!.gt(0).to_type(ScalarType.Int32) });
        Assert.True(
            merged.InstanceRecall < 1 && merged.MeanIoU == 1,
            "instances that are not distinguished must cost recall and nothing else"
        );
        var blind = Of(right with { Labels = zeros_like(right.Labels!), Instances = zeros_like(right.Instances!) });
        Assert.Equal(0, blind.InstanceRecall);
        Assert.InRange(blind.MeanIoU!.Value, 0, 0.2);

        PerceptionReport Of(PerceptionEvaluation evaluation)
        {
            var figures = new PerceptionFigures(PerceptionClasses.Street);
            figures.Add(evaluation, 0, truth);
            return figures.Report();
        }
    }

    [Fact]
    public void What_is_not_known_or_too_small_does_not_count()
    {
        using var scope = NewDisposeScope();
        var truth = TinyPerception.Scene(TinyPerception.WithCars(Size), Size);
        var right = Right(truth);
        var figures = new PerceptionFigures(PerceptionClasses.Street, leastPixels: Size * Size);
        figures.Add(
            right,
            0,
            truth with
            {
                Labels = [.. truth.Labels!.Select((label, i) => i < Size * Size / 2 ? LabelledPicture.Ignore : label)],
                Depth = null,
            }
        );
        var report = figures.Report();
        Assert.Equal(Size * Size / 2, figures.Confusion.Count);
        Assert.Null(report.Depth);
        Assert.Null(report.InstanceRecall);
        Assert.Equal(0, report.Oriented);
        Assert.NotNull(report.NormalDegrees); // depth is not known, so all normals that are there count
        Assert.Empty(new PerceptionFigures(PerceptionClasses.Street).Report().All);
    }

    [Fact]
    public void The_sky_counts_neither_for_depth_nor_for_normals()
    {
        using var scope = NewDisposeScope();
        var truth = TinyPerception.Scene(0, Size);
        var right = Right(truth);
        var sky = tensor(truth.Labels!.Select(label => label == 0).ToArray(), 1, Size, Size);
        var figures = new PerceptionFigures(PerceptionClasses.Street);
        figures.Add(
            right with
            {
                Depth = where(sky, full_like(right.Depth!, 3), right.Depth!),
                Normals = where(sky.unsqueeze(1), tensor([1f, 0, 0]).view(1, 3, 1, 1), right.Normals!),
            },
            0,
            truth
        );
        Assert.InRange(figures.Report().Depth!.AbsRel, 0, 1e-6);
        Assert.InRange(figures.Report().NormalDegrees!.Value, 0, 0.1);
    }

    [Fact]
    public void A_set_with_other_classes_is_refused()
    {
        using var evaluator = new PerceptionEvaluator(TinyPerception.Network());
        var data = PerceptionData.FromPictures(
            [TinyPerception.Scene(0)],
            PerceptionClasses.Street with
            {
                Names = [.. PerceptionClasses.Street.Names.Select(name => name + "s")],
            }
        );
        Assert.Contains(
            "the pictures have 10 (skys",
            Assert.Throws<LumenException>(() => PerceptionFigures.Of(evaluator, data)).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(3, PerceptionFigures.Of(evaluator, TinyPerception.Scenes(3)).Pictures);
    }

    [Fact]
    public void Any_number_of_processes_finds_the_same_figures_to_the_last_bit()
    {
        var data = TinyPerception.Scenes(70); // four passes and a part of one
        var alone = ThreadJob.Run(1, _ => Report(null))[0];
        Assert.True(alone.Oriented > 0 && alone.NormalMedianDegrees > 0);
        foreach (var size in new[] { 2, 3, 7 })
            Assert.All(ThreadJob.Run(size, Report), report => Assert.Equal(Bits(alone), Bits(report)));

        PerceptionReport Report(ICommunicator? processes)
        {
            using var evaluator = new PerceptionEvaluator(TinyPerception.Network());
            return PerceptionFigures.Of(evaluator, data, processes: processes);
        }

        static string[] Bits(PerceptionReport report) =>
            [
                $"{report.Pictures} {report.Instances} {report.Oriented}",
                .. report.All.Select(figure => $"{figure.Key} {BitConverter.DoubleToInt64Bits(figure.Value)}"),
            ];
    }

    // What a perfect evaluator would say about a scene.
    private static PerceptionEvaluation Right(LabelledPicture truth) =>
        new()
        {
            Labels = tensor(Array.ConvertAll(truth.Labels!, label => (long)label), 1, Size, Size),
            Depth = tensor(truth.Depth!, [1, Size, Size]),
            Normals = tensor(truth.Normals!, [1, Size, Size, 3]).permute(0, 3, 1, 2),
            Instances = tensor(
                truth.Instances!.Select((id, i) => PerceptionClasses.Street.Things.Contains(truth.Labels![i]) ? id : 0).ToArray(),
                1,
                Size,
                Size
            ),
            Yaw = tensor(truth.Yaw!, [1, Size, Size]).nan_to_num(0),
        };
}
